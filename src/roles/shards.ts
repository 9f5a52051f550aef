import { MAX_SHARDS } from '../domain/delivery/shards';
import type { ControlMessage } from '../messages/control';

/**
 * The queues that deliveries may wait in: this deployment's, those that others use while the number changes, and those
 * that a larger number left behind.
 */
export interface Shards {
  /** WARREN_SHARDS of this process: what it publishes to. */
  own: number;
  /** At least its own: what may hold messages. */
  known(): number;
  /** Counted in the broker. */
  found(count: number): void;
  heard(message: ControlMessage): void;
  /** The queue of this shard, and so those after it, is not there any more. */
  gone(shard: number): void;
  /** Calls back now, and at each time that there may be more than before. */
  onMore(listener: () => void): void;
  /** Tells the others. */
  announce(): void;
}

export function followShards(own: number, announceControl: (message: ControlMessage) => void): Shards {
  let known = own;
  const listeners: (() => void)[] = [];

  function atLeast(count: number): void {
    // Another version, or a stranger, may say anything.
    if (!Number.isInteger(count) || count <= known || count > MAX_SHARDS) return;
    known = count;
    for (const listener of listeners) listener();
  }

  return {
    own,
    known: () => known,
    found: atLeast,
    heard(message) {
      if (message.kind === 'shards') atLeast(message.count);
    },
    gone(shard) {
      if (shard >= own) known = Math.min(known, shard);
    },
    onMore(listener) {
      listeners.push(listener);
      listener();
    },
    announce() {
      // With one there is nothing that anybody could miss.
      if (own > 1) announceControl({ kind: 'shards', count: own });
    },
  };
}
