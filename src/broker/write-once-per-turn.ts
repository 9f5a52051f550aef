import type { Writable } from 'node:stream';

/**
 * Whatever is written in one turn of the event loop leaves in one system call. The broker's client writes each frame by
 * itself, three for each delivery, and under load those calls were a tenth of all the time. Nothing waits: what was
 * written leaves when the turn ends.
 */
export function writeOncePerTurn(stream: Writable): void {
  const write = stream.write.bind<Writable['write']>(stream);
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    stream.uncork();
  };
  stream.write = ((...written: Parameters<Writable['write']>): boolean => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      process.nextTick(uncork);
    }
    return write(...written);
  }) as Writable['write'];
}
