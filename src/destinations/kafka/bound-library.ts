/** What is used of the library's inside, which has no types. */
export interface Scram {
  hi: (password: string, salt: Buffer, iterations: number, digest: unknown) => Promise<Buffer>;
}
export interface Decoder {
  buffer: Buffer;
  offset: number;
  readArray: (this: Decoder, read: unknown) => unknown[];
  readArrayAsync: (this: Decoder, read: unknown) => Promise<unknown[]>;
}

/** Brokers have 4096 or a few times as many. All of a process's name look-ups may wait for it. */
const MAX_ITERATIONS = 100_000;

let isBounded = false;

/**
 * A broker chooses how long a password is worked on before it is signed in to, and says of a list how long it is before
 * it has come: the library works for minutes, or makes room for it, as it is told. Once is enough for all clients.
 */
export function boundLibrary(scram: Scram, decoder: Decoder): void {
  if (isBounded) return;
  isBounded = true;
  const { hi } = scram;
  scram.hi = (password, salt, iterations, digest) =>
    iterations > MAX_ITERATIONS
      ? Promise.reject(
          new Error(`the broker asks for ${iterations} iterations, and at most ${MAX_ITERATIONS} are made`),
        )
      : hi(password, salt, iterations, digest);
  const { readArray, readArrayAsync } = decoder;
  decoder.readArray = function (read) {
    assertFits(this);
    return readArray.call(this, read);
  };
  decoder.readArrayAsync = function (read) {
    assertFits(this);
    return readArrayAsync.call(this, read);
  };
}

/** No member of a list takes less than a byte. */
function assertFits(decoder: Decoder): void {
  const { buffer, offset } = decoder;
  if (buffer.readInt32BE(offset) > buffer.length - offset)
    throw new Error('the list is longer than the answer');
}
