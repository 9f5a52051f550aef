import { matchesFilter, type DeliveryFilter } from '../domain/delivery-filter';
import type { DeliveryChange } from '../messages/delivery-change';
import { isAborted } from '../runtime/is-aborted';

/** An operator's view over all tenants: live only, and no more than a glance — the log of one tenant has everything. */
export interface AllTenants {
  heard(change: DeliveryChange): void;
  watch(filter: DeliveryFilter, signal: AbortSignal): AsyncGenerator<DeliveryChange[], void, undefined>;
}

const BUFFER_LENGTH = 5000;
const PIECE = 100;

interface Watcher {
  filter: DeliveryFilter;
  buffer: DeliveryChange[];
  wake: () => void;
}

/** @param listen called with true at the first watcher and false after the last */
export function makeAllTenants(listen: (on: boolean) => void): AllTenants {
  const watchers = new Set<Watcher>();

  return {
    heard(change) {
      for (const watcher of watchers) {
        if (!matchesFilter(change, watcher.filter)) continue;
        watcher.buffer.push(change);
        if (watcher.buffer.length > BUFFER_LENGTH) watcher.buffer.shift();
        watcher.wake();
      }
    },

    async *watch(filter, signal) {
      const watcher: Watcher = { filter, buffer: [], wake: () => undefined };
      watchers.add(watcher);
      if (watchers.size === 1) listen(true);
      try {
        while (!signal.aborted) {
          const changes = watcher.buffer;
          watcher.buffer = [];
          for (let at = 0; at < changes.length; at += PIECE) {
            if (isAborted(signal)) return;
            yield changes.slice(at, at + PIECE);
          }
          if (watcher.buffer.length === 0) await nextWake(watcher, signal);
        }
      } finally {
        watchers.delete(watcher);
        if (watchers.size === 0) listen(false);
      }
    },
  };
}

function nextWake(watcher: Watcher, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', wake);
      resolve();
    };
    if (signal.aborted) return resolve();
    watcher.wake = wake;
    signal.addEventListener('abort', wake, { once: true });
  });
}
