import { matchesFilter, type DeliveryFilter } from '../domain/delivery/delivery-filter';
import type { DeliveryChange } from '../messages/delivery-change';
import type { TenantStreams } from './tenant-streams';
import { isAborted } from '../runtime/is-aborted';

export interface WatchRequest {
  tenantId: string;
  filter: DeliveryFilter;
  /** Everything after this sequence number first; left out: from now on. */
  afterSeq?: number;
  signal: AbortSignal;
}

/** The most that is handed over at once. */
const PIECE = 100;

/**
 * Each status change of the tenant that passes the filter, once, in order, until `signal` aborts, in the pieces in which
 * they are there. The reader sets the pace: who falls behind reads from the log until it has caught up.
 */
export async function* watchDeliveries(
  streams: TenantStreams,
  { tenantId, filter, afterSeq, signal }: WatchRequest,
): AsyncGenerator<DeliveryChange[], void, undefined> {
  const stream = await streams.join(tenantId);
  if (!stream) return;
  try {
    let position = afterSeq ?? stream.ring.last();
    while (!signal.aborted) {
      const fresh = stream.ring.after(position);
      // Looked up before the log is read: what comes meanwhile must not be taken for read.
      const end = stream.ring.last();
      const changes = fresh ?? (await stream.readLog(position));
      for (let at = 0; at < changes.length; at += PIECE) {
        const piece = changes.slice(at, at + PIECE);
        position = piece.at(-1)?.seq ?? position;
        if (isAborted(signal)) return;
        const passing = piece.filter((change) => matchesFilter(change, filter));
        if (passing.length > 0) yield passing;
      }
      if (changes.length > 0) continue;
      // Behind the ring with nothing in the log: retention has taken it, so go on from what there is.
      if (!fresh) position = end;
      else await stream.ring.grown(signal);
    }
  } finally {
    stream.release();
  }
}
