import type { ConfirmChannel } from 'amqplib';

interface Watching {
  /** A message has no answer in its time; `number` is the broker's count of it. */
  onLate: (number: number, timeoutMs: number) => void;
  /** The broker answers for a message that waits for no answer. */
  onForged: () => void;
}

export interface Confirms {
  /** To be told of each message before it is sent; gives its number. */
  expect(timeoutMs: number): number;
}

type Listener = (event: string | symbol, ...parts: unknown[]) => boolean;

/**
 * Whether a broker confirms what it was sent, and that alone. The library keeps each message until it is confirmed, and
 * takes any number that a broker names for a place in its list: of one far behind the end, it goes through all between.
 */
export function watchConfirms(channel: ConfirmChannel, { onLate, onForged }: Watching): Confirms {
  /** In the order in which they were sent. */
  const unconfirmed = new Map<number, NodeJS.Timeout>();
  let sent = 0;

  function answered(number: number, andAllBefore: boolean): boolean {
    if (!unconfirmed.has(number)) return false;
    const numbers = andAllBefore ? unconfirmed.keys() : [number];
    for (const each of numbers) {
      if (each > number) break;
      clearTimeout(unconfirmed.get(each));
      unconfirmed.delete(each);
    }
    return true;
  }

  const emit = channel.emit.bind(channel) as Listener;
  const guarded: Listener = (event, ...parts) => {
    if (event !== 'ack' && event !== 'nack') return emit(event, ...parts);
    const { deliveryTag, multiple } = parts[0] as { deliveryTag: number; multiple: boolean };
    if (answered(deliveryTag, multiple)) return emit(event, ...parts);
    onForged();
    return true;
  };
  channel.once('close', () => {
    for (const timer of unconfirmed.values()) clearTimeout(timer);
  });
  channel.emit = guarded as ConfirmChannel['emit'];

  return {
    expect(timeoutMs) {
      const number = ++sent;
      unconfirmed.set(number, setTimeout(() => onLate(number, timeoutMs), timeoutMs).unref());
      return number;
    },
  };
}
