/** The number of the request that it answers. */
const MIN_BYTES = 4;
/** Only the list of a large cluster's brokers and a topic's partitions is longer than a few hundred bytes. */
const MAX_BYTES = 1024 * 1024;
const LENGTH_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/**
 * Follows the frames of a connection: four bytes of length, then an answer.
 * @param asked how many requests have been sent; a broker says nothing that it was not asked
 * @returns a function that takes the chunks as they come, and tells whether every length so far can be that of an answer
 */
export function makeFrameCheck(asked: () => number): (chunk: Buffer) => boolean {
  /** What has come of the next length. */
  let length = NOTHING;
  /** What is still to come of the present answer. */
  let missing = 0;
  let answers = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (missing > 0) {
        const taken = Math.min(missing, chunk.length - at);
        missing -= taken;
        at += taken;
        continue;
      }
      const part = chunk.subarray(at, at + LENGTH_BYTES - length.length);
      length = Buffer.concat([length, part]);
      at += part.length;
      if (length.length < LENGTH_BYTES) return true;
      missing = length.readInt32BE();
      length = NOTHING;
      if (missing < MIN_BYTES || missing > MAX_BYTES || ++answers > asked()) return false;
    }
    return true;
  };
}
