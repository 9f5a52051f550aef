import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryUpdate } from '../../api/client/follow-deliveries';

export type Match = (update: DeliveryUpdate) => boolean;

/** What was seen of the live stream, so that the story can go on when something has happened. */
export interface SeenUpdates {
  add(update: DeliveryUpdate): void;
  find(match: Match): DeliveryUpdate | undefined;
  /** True once each of the matches was seen; false when the time is up. Rejects when `signal` aborts. */
  waitForAll(
    matches: readonly Match[],
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<boolean>;
}

const MAX_KEPT = 500;

export function makeSeenUpdates(): SeenUpdates {
  const kept: DeliveryUpdate[] = [];
  let onAdded: () => void = () => undefined;

  return {
    add(update) {
      kept.push(update);
      if (kept.length > MAX_KEPT) kept.shift();
      onAdded();
    },
    find: (match) => kept.find(match),
    async waitForAll(matches, { timeoutMs, signal }) {
      const isDone = (): boolean => matches.every((match) => kept.some(match));
      if (isDone()) return true;
      const done = new AbortController();
      onAdded = () => {
        if (isDone()) done.abort();
      };
      await sleep(timeoutMs, undefined, { signal: AbortSignal.any([signal, done.signal]) }).catch(
        () => undefined,
      );
      onAdded = () => undefined;
      signal.throwIfAborted();
      return isDone();
    },
  };
}
