import { LRUCache } from 'lru-cache';
import { decodeId, timeOfId } from '../domain/ids';
import type { EventHead } from '../domain/settings';
import { TopicIndex } from '../domain/routing/topic-pattern';
import type { DeliveryChange } from '../messages/delivery-change';
import { makeFeed, type Feed } from './feed';

export interface EventWatchDeps {
  slugOf(tenantId: string): Promise<string | undefined>;
  /** The ids of the tenant's events that were made at `sinceMs` or later; of more than `limit`, the newest. In order. */
  idsSince(tenantId: string, sinceMs: number, limit: number): Promise<string[]>;
  readEvents(tenantId: string, ids: readonly string[]): Promise<EventHead[]>;
  bind(key: string): void;
  unbind(key: string): void;
  onError(error: unknown): void;
}

export interface EventWatchRequest {
  tenantId: string;
  /** Exact types or topic patterns; all when left out. */
  types?: readonly string[];
  signal: AbortSignal;
}

export interface EventStreams {
  watch(request: EventWatchRequest): AsyncGenerator<EventHead[] | 'fell-behind', void, undefined>;
  /** A status message came in: that of a new delivery tells of its event. */
  heard(change: DeliveryChange): void;
  /** Looks for events that no delivery tells of. */
  checkAll(): Promise<void>;
}

interface Stream {
  slug: string;
  feed: Feed<EventHead>;
  /** Events made before this are of no interest, however late they come. */
  sinceMs: number;
  seen: LRUCache<string, true>;
  hinted: string[];
}

/** Ids are in the order in which events were made, not committed: what is this late is still found. */
const OVERLAP_MS = 10_000;
const PAGE = 5000;
/** More than a page, or what is read twice would be told twice. */
const SEEN = 20_000;
const GATHER_MS = 20;
const HINTED = 500;

/**
 * Each event of a watched tenant, as it is routed. Routing does nothing for it: an event that is delivered to somebody is
 * told of by the status message of its delivery, every other is found by looking once a second.
 */
export function makeEventStreams(deps: EventWatchDeps): EventStreams {
  const streams = new Map<string, Stream>();
  const opening = new Map<string, Promise<Stream | undefined>>();

  async function open(tenantId: string): Promise<Stream | undefined> {
    const slug = await deps.slugOf(tenantId);
    if (slug === undefined) return undefined;
    const seen = new LRUCache<string, true>({ max: SEEN });
    const sinceMs = Date.now() - OVERLAP_MS;
    for (const id of await deps.idsSince(tenantId, sinceMs, PAGE)) seen.set(id, true);
    const stream: Stream = { slug, feed: makeFeed(() => end(tenantId, stream)), sinceMs, seen, hinted: [] };
    streams.set(tenantId, stream);
    for (const key of keysOf(slug)) deps.bind(key);
    return stream;
  }

  function end(tenantId: string, stream: Stream): void {
    if (streams.get(tenantId) !== stream) return;
    streams.delete(tenantId);
    for (const key of keysOf(stream.slug)) deps.unbind(key);
  }

  async function tell(tenantId: string, { seen, feed }: Stream, ids: readonly string[]): Promise<void> {
    const fresh = ids.filter((id) => !seen.has(id));
    if (fresh.length === 0) return;
    for (const id of fresh) seen.set(id, true);
    try {
      feed.push(await deps.readEvents(tenantId, [...fresh].sort()));
    } catch (error) {
      // Found again by the next look.
      for (const id of fresh) seen.delete(id);
      deps.onError(error);
    }
  }

  return {
    async *watch({ tenantId, types, signal }) {
      let stream = streams.get(tenantId);
      while (!stream) {
        const pending = opening.get(tenantId) ?? open(tenantId).finally(() => opening.delete(tenantId));
        opening.set(tenantId, pending);
        const opened = await pending;
        if (!opened) return;
        // Another who waited for it, and has gone meanwhile, may have ended it: then it is told nothing any more.
        stream = streams.get(tenantId);
      }
      yield* stream.feed.watch(passing(types), signal);
    },

    heard({ tenantId, attempt, eventId }) {
      const stream = streams.get(tenantId);
      if (!stream || attempt > 0 || stream.seen.has(eventId)) return;
      const bytes = decodeId('event', eventId);
      if (!bytes || timeOfId(bytes) < stream.sinceMs || stream.hinted.length >= HINTED) return;
      stream.hinted.push(eventId);
      if (stream.hinted.length > 1) return;
      setTimeout(() => void tell(tenantId, stream, [...new Set(stream.hinted.splice(0))]), GATHER_MS);
    },

    async checkAll() {
      for (const [tenantId, stream] of streams) {
        const sinceMs = Math.max(stream.sinceMs, Date.now() - OVERLAP_MS);
        await tell(tenantId, stream, await deps.idsSince(tenantId, sinceMs, PAGE));
      }
    },
  };
}

/** A new delivery is one of these. */
const keysOf = (slug: string): string[] => [`${slug}.*.PENDING`, `${slug}.*.HELD`];

function passing(types: readonly string[] | undefined): (event: EventHead) => boolean {
  if (!types) return () => true;
  const index = new TopicIndex<true>();
  for (const type of types) index.add(type, true);
  return ({ type }) => index.match(type).size > 0;
}
