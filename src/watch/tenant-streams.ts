import type { DeliveryChange } from '../messages/delivery-change';
import { makeChangeRing, type ChangeRing } from './change-ring';

/** What watching needs of the rest of the house. */
export interface WatchDeps {
  slugOf(tenantId: string): Promise<string | undefined>;
  /** The last sequence number committed for each tenant. */
  lastSeqs(tenantIds: readonly string[]): Promise<Map<string, number>>;
  /** The change log after `seq`, in order, at most `limit`. */
  readLog(tenantId: string, tenantSlug: string, seq: number, limit: number): Promise<DeliveryChange[]>;
  /** Begin and end to hear status messages of this key. */
  bind(key: string): void;
  unbind(key: string): void;
  onError(error: unknown): void;
}

export interface TenantStreams {
  /** The tenant's ring, kept current until released; undefined when there is no such tenant. */
  join(tenantId: string): Promise<JoinedStream | undefined>;
  /** A status message came in. */
  heard(change: DeliveryChange): void;
  /** Asks the database what was missed: after a reconnect, and now and then. */
  checkAll(): Promise<void>;
}

export interface JoinedStream {
  slug: string;
  ring: ChangeRing;
  /** A page of the change log after `seq`. Those who ask for the same at the same time share one reading. */
  readLog(seq: number): Promise<DeliveryChange[]>;
  release(): void;
}

interface Stream {
  slug: string;
  ring: ChangeRing;
  clients: number;
  catchingUp: boolean;
  /** By the place they begin after. */
  readings: Map<number, Promise<DeliveryChange[]>>;
}

/** Status messages of several workers overtake each other; the log is read only when one stays missing this long. */
const REORDER_MS = 40;
const LOG_PAGE = 200;

/**
 * One stream per watched tenant in this process. The status message is only a hint: what counts is the change log, and
 * a stream is always a gapless piece of it.
 */
export function makeTenantStreams(deps: WatchDeps): TenantStreams {
  const streams = new Map<string, Stream>();
  const opening = new Map<string, Promise<Stream | undefined>>();

  async function open(tenantId: string): Promise<Stream | undefined> {
    const slug = await deps.slugOf(tenantId);
    if (slug === undefined) return undefined;
    // First listen, then look where the log stands: what happens in between is in both, and counted once.
    deps.bind(`${slug}.#`);
    const seqs = await deps.lastSeqs([tenantId]).catch((error: unknown) => {
      deps.unbind(`${slug}.#`);
      throw error;
    });
    const seq = seqs.get(tenantId) ?? 0;
    const stream: Stream = {
      slug,
      ring: makeChangeRing(seq),
      clients: 0,
      catchingUp: false,
      readings: new Map(),
    };
    streams.set(tenantId, stream);
    return stream;
  }

  function readLog(tenantId: string, { slug, readings }: Stream, seq: number): Promise<DeliveryChange[]> {
    let reading = readings.get(seq);
    if (!reading) {
      reading = deps.readLog(tenantId, slug, seq, LOG_PAGE).finally(() => readings.delete(seq));
      readings.set(seq, reading);
    }
    return reading;
  }

  async function catchUp(tenantId: string, stream: Stream): Promise<void> {
    if (stream.catchingUp) return;
    stream.catchingUp = true;
    try {
      for (;;) {
        const changes = await readLog(tenantId, stream, stream.ring.last());
        stream.ring.takeLog(changes);
        if (changes.length < LOG_PAGE) break;
      }
    } catch (error) {
      deps.onError(error);
    } finally {
      stream.catchingUp = false;
    }
  }

  return {
    async join(tenantId) {
      let stream = streams.get(tenantId);
      if (!stream) {
        let pending = opening.get(tenantId);
        if (!pending) {
          pending = open(tenantId).finally(() => opening.delete(tenantId));
          opening.set(tenantId, pending);
        }
        stream = await pending;
      }
      if (!stream) return undefined;
      const joined = stream;
      joined.clients++;
      return {
        slug: joined.slug,
        ring: joined.ring,
        readLog: (seq) => readLog(tenantId, joined, seq),
        release() {
          if (--joined.clients > 0) return;
          streams.delete(tenantId);
          deps.unbind(`${joined.slug}.#`);
        },
      };
    },

    heard(change) {
      const stream = streams.get(change.tenantId);
      if (!stream) return;
      stream.ring.offer(change);
      if (!stream.ring.hasGap()) return;
      setTimeout(() => {
        if (stream.ring.hasGap()) void catchUp(change.tenantId, stream);
      }, REORDER_MS);
    },

    async checkAll() {
      if (streams.size === 0) return;
      const seqs = await deps.lastSeqs([...streams.keys()]);
      for (const [tenantId, stream] of streams) {
        if ((seqs.get(tenantId) ?? 0) > stream.ring.last()) void catchUp(tenantId, stream);
      }
    },
  };
}
