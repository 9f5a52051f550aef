import type { DeliveryDue } from '../../messages/delivery-due';
import type { IntoFirstWrite, RouteDeps } from '../../route/route-deps';
import type { Dispatcher } from '../worker/dispatching';
import type { SpareWorkers } from './spare-workers';

/** A wide fan-out is spread over all workers by the broker. */
const MAX_FAN_OUT = 8;

/**
 * The short way from route to deliver, for a process that has both roles: no second hop over the broker. Only while the
 * window has room and the endpoints answer quickly; an event that waits for a slow receiver would keep its message, and
 * with it a place in the router's prefetch. A process that has more than it can do leaves part to spare workers.
 */
export function makeDirectDispatch(
  dispatcher: Pick<Dispatcher, 'hasRoom' | 'isQuick'> & {
    dispatch(
      due: DeliveryDue,
      how: { redelivered: boolean; intoFirstWrite: IntoFirstWrite | undefined },
    ): Promise<unknown>;
  },
  spareWorkers: Pick<SpareWorkers, 'shouldTakeNext'>,
): NonNullable<RouteDeps['dispatchDirectly']> {
  return (due, intoFirstWrite) => {
    if (due.length > MAX_FAN_OUT || !dispatcher.hasRoom(due.length)) return undefined;
    if (!due.every(({ endpointId }) => dispatcher.isQuick(endpointId))) return undefined;
    if (spareWorkers.shouldTakeNext()) return undefined;
    const works = due.map((one) => dispatcher.dispatch(one, { redelivered: false, intoFirstWrite }));
    return works.length === 1 ? works[0] : allSettled(works);
  };
}

/** Waits for all, then fails if one did: a message that goes back too early would meet its own twins under way. */
async function allSettled(works: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
