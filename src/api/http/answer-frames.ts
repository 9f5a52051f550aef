/** A number as WebSocket has the length of a frame: 7 bits, or 126 and 16 bits, or 127 and 64 bits. */
const headBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

const TEXT_AND_FINAL = 0x81;

/** The head of an unmasked, unfragmented text frame (RFC 6455, 5.2). Gives where it ends. */
function writeHead(into: Buffer, at: number, length: number): number {
  into[at] = TEXT_AND_FINAL;
  if (length < 126) into[at + 1] = length;
  else if (length < 65_536) {
    into[at + 1] = 126;
    into.writeUInt16BE(length, at + 2);
  } else {
    into[at + 1] = 127;
    into.writeUIntBE(length, at + 4, 6);
    into.writeUInt16BE(0, at + 2);
  }
  return at + headBytes(length);
}

/**
 * One text frame for each body, with `prefix` before it, as one piece of memory: what many get is copied, not made again
 * for each, and leaves in one write.
 */
export function framesOf(prefix: Buffer, bodies: readonly Buffer[]): Buffer {
  let total = 0;
  for (const body of bodies) {
    const length = prefix.length + body.length;
    total += headBytes(length) + length;
  }
  const frames = Buffer.allocUnsafe(total);
  let at = 0;
  for (const body of bodies) {
    at = writeHead(frames, at, prefix.length + body.length);
    frames.set(prefix, at);
    frames.set(body, at + prefix.length);
    at += prefix.length + body.length;
  }
  return frames;
}

/** What a message of an operation begins with. */
export const prefixOf = (operationId: string): Buffer =>
  Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
