import type { ControlMessage } from '../../../src/messages/control';
import { followShards } from '../../../src/roles/shards';

function follow(own: number) {
  const told: ControlMessage[] = [];
  const shards = followShards(own, (message) => void told.push(message));
  const known: number[] = [];
  shards.onMore(() => void known.push(shards.known()));
  return { shards, told, known };
}

describe('the shards that a process knows', () => {
  it('are its own at first', () => {
    const { shards, known } = follow(4);
    expect([shards.known(), known]).toEqual([4, [4]]);
  });

  it('become more when the broker has more, or another process says so, and whoever listens is called', () => {
    const { shards, known } = follow(1);
    shards.found(3);
    shards.heard({ kind: 'shards', count: 4 });
    expect([shards.known(), known]).toEqual([4, [1, 3, 4]]);
  });

  it('become no fewer because others have fewer, and nobody is called for nothing', () => {
    const { shards, known } = follow(4);
    shards.found(2);
    shards.heard({ kind: 'shards', count: 4 });
    shards.heard({ kind: 'catalog', version: 9 });
    expect([shards.known(), known]).toEqual([4, [4]]);
  });

  it.each([65, 2.5, NaN, '7' as unknown as number])('are not what a strange message says: %p', (count) => {
    const { shards } = follow(1);
    shards.heard({ kind: 'shards', count });
    expect(shards.known()).toBe(1);
  });

  it('become fewer when a queue is gone, and may come back, but its own stay', () => {
    const { shards, known } = follow(2);
    shards.found(4);
    shards.gone(1);
    expect(shards.known()).toBe(4);
    shards.gone(2);
    expect(shards.known()).toBe(2);
    shards.heard({ kind: 'shards', count: 3 });
    expect(known).toEqual([2, 4, 3]);
  });
});

it('are told to others, but not by a process that has only the one that all have', () => {
  const four = follow(4);
  four.shards.announce();
  expect(four.told).toEqual([{ kind: 'shards', count: 4 }]);
  const one = follow(1);
  one.shards.found(4);
  one.shards.announce();
  expect(one.told).toEqual([]);
});
