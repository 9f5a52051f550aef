import { matchesFilter, type DeliveryFilter } from '../domain/delivery-filter';
import type { DeliveryChange } from '../messages/delivery-change';
import type { TenantStreams, WatchDeps } from './tenant-streams';
import { isAborted } from '../runtime/is-aborted';

export interface WatchRequest {
  tenantId: string;
  filter: DeliveryFilter;
  /** Everything after this sequence number first; left out: from now on. */
  afterSeq?: number;
  signal: AbortSignal;
}

const LOG_PAGE = 200;

/**
 * Each status change of the tenant that passes the filter, once, in order, until `signal` aborts. The reader sets the
 * pace: who falls behind reads from the log until it has caught up.
 */
export async function* watchDeliveries(
  deps: Pick<WatchDeps, 'readLog'>,
  streams: TenantStreams,
  { tenantId, filter, afterSeq, signal }: WatchRequest,
): AsyncGenerator<DeliveryChange, void, undefined> {
  const stream = await streams.join(tenantId);
  if (!stream) return;
  try {
    let position = afterSeq ?? stream.ring.last();
    while (!signal.aborted) {
      const fresh = stream.ring.after(position);
      const changes = fresh ?? (await deps.readLog(tenantId, stream.slug, position, LOG_PAGE));
      for (const change of changes) {
        position = change.seq;
        if (isAborted(signal)) return;
        if (matchesFilter(change, filter)) yield change;
      }
      if (changes.length > 0) continue;
      // Behind the ring with nothing in the log: retention has taken it, so go on from what there is.
      if (!fresh) position = stream.ring.last();
      else await stream.ring.grown(signal);
    }
  } finally {
    stream.release();
  }
}
