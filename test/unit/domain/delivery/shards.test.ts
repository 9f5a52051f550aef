import { newId } from '../../../../src/domain/ids';
import { MAX_SHARDS, shardOf } from '../../../../src/domain/delivery/shards';

describe('the shard of an endpoint', () => {
  // A process that works it out in another way would publish to other queues than the one beside it.
  it.each([
    ['ep_01h2xcejqtf2nbrexx3vqjhp41', 4, 0],
    ['ep_01h2xcejqtf2nbrexx3vqjhp42', 4, 2],
    ['ep_01h2xcejqtf2nbrexx3vqjhp43', 64, 45],
    ['ep_01jd0000000000000000000000', 64, 57],
  ])('is the same for ever: %s of %d is %d', (id, shards, expected) => {
    expect(shardOf(id, shards)).toBe(expected);
  });

  it('is the only one where there is one', () => {
    expect(shardOf('ep_01h2xcejqtf2nbrexx3vqjhp41', 1)).toBe(0);
  });

  it.each([3, 4, MAX_SHARDS])('is each of %d about as often', (shards) => {
    const EACH = 200;
    const counts = new Array<number>(shards).fill(0);
    // Made in the same moment they differ in few of their bits.
    for (let made = 0; made < EACH * shards; made++) {
      const shard = shardOf(newId('endpoint'), shards);
      counts[shard] = (counts[shard] ?? NaN) + 1;
    }
    // By chance the standard deviation is 14.
    expect(Math.min(...counts)).toBeGreaterThan(EACH * 0.5);
    expect(Math.max(...counts)).toBeLessThan(EACH * 1.5);
  });
});
