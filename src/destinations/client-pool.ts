import { LRUCache } from 'lru-cache';
import type { DestinationRequest } from './destination';

/** A connection that stays open between sends. */
export interface Client {
  /** False once it is of no use any more. */
  isOpen(): boolean;
  close(): Promise<void>;
}

export interface ClientPool<C extends Client> {
  /** Works with the endpoint's client, which is opened first when there is none; rejects as opening or the work does. */
  use<T>(request: DestinationRequest, work: (client: C) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const MAX_CLIENTS = 500;
const IDLE_MS = 5 * 60_000;
const SWEEP_MS = 30_000;

interface Entry<C> {
  /** What the client was opened for; another URL or other credentials need another client. */
  key: string;
  opening: Promise<C>;
  client?: C;
  users: number;
  isRetired: boolean;
}

/** One client for each endpoint, the most recently used ones; a client that is let go closes when its last user is done. */
export function makeClientPool<C extends Client>(
  open: (request: DestinationRequest) => Promise<C>,
): ClientPool<C> {
  const entries = new LRUCache<string, Entry<C>>({
    max: MAX_CLIENTS,
    ttl: IDLE_MS,
    updateAgeOnGet: true,
    dispose(entry) {
      entry.isRetired = true;
      closeWhenUnused(entry);
    },
  });
  const sweep = setInterval(() => entries.purgeStale(), SWEEP_MS).unref();
  const closing = new Set<Promise<unknown>>();

  function closeWhenUnused(entry: Entry<C>): void {
    if (!entry.isRetired || entry.users > 0) return;
    // A client that never opened has nothing to close, and whoever waited for it has been told.
    const closed = entry.opening.then((client) => client.close()).catch(() => undefined);
    closing.add(closed);
    void closed.then(() => closing.delete(closed));
  }

  function entryFor(request: DestinationRequest): Entry<C> {
    const key = JSON.stringify([request.url, request.credentials]);
    const known = entries.get(request.endpointId);
    if (known?.key === key && known.client?.isOpen() !== false) return known;
    const entry: Entry<C> = { key, opening: open(request), users: 0, isRetired: false };
    entries.set(request.endpointId, entry);
    entry.opening.then(
      (client) => (entry.client = client),
      // Whoever waits for it is told; the next one dials anew.
      () => {
        if (entries.peek(request.endpointId) === entry) entries.delete(request.endpointId);
      },
    );
    return entry;
  }

  return {
    async use(request, work) {
      const entry = entryFor(request);
      entry.users++;
      try {
        return await work(await entry.opening);
      } finally {
        entry.users--;
        closeWhenUnused(entry);
      }
    },
    async close() {
      clearInterval(sweep);
      entries.clear();
      await Promise.all(closing);
    },
  };
}
