import type { Channel, ConsumeMessage } from 'amqplib';

/** Acknowledges what one channel has handed out. */
export interface Acks {
  /** Every message of the channel, in the order in which it came. */
  track(message: ConsumeMessage): void;
  /** Leaves with the others of this turn of the event loop. */
  ack(message: ConsumeMessage): void;
  requeue(message: ConsumeMessage): void;
}

/**
 * A group commit settles many messages in one turn; the oldest of them go in one frame ("and all before it"), which
 * spares the broker as much as this process. Those with an older one still under way go one by one.
 */
export function makeAcks(channel: Pick<Channel, 'ack' | 'reject'>): Acks {
  /** Handed out and not acknowledged yet, oldest first. */
  const open = new Map<number, ConsumeMessage>();
  let settled = new Set<number>();

  function flush(): void {
    const done = settled;
    settled = new Set();
    let upTo: ConsumeMessage | undefined;
    for (const [tag, message] of open) {
      if (!done.delete(tag)) break;
      open.delete(tag);
      upTo = message;
    }
    try {
      if (upTo) channel.ack(upTo, true);
      for (const tag of done) {
        const message = open.get(tag);
        open.delete(tag);
        if (message) channel.ack(message);
      }
    } catch {
      // The channel closed in this very moment: the broker hands the messages out again.
    }
  }

  return {
    track: (message) => void open.set(message.fields.deliveryTag, message),
    ack(message) {
      if (settled.size === 0) setImmediate(flush);
      settled.add(message.fields.deliveryTag);
    },
    requeue(message) {
      const tag = message.fields.deliveryTag;
      // Given back already: the broker would close the channel over a second time.
      if (!open.delete(tag)) return;
      settled.delete(tag);
      try {
        channel.reject(message, true);
      } catch {
        // As above.
      }
    },
  };
}
