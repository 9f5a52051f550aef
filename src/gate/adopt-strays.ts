import { isDue, isSettled } from '../domain/delivery/delivery-status';
import type { QueuedDelivery } from '../domain/delivery/gate-records';
import type { GateNeeds } from './gate-needs';

export interface Adoption {
  /** To be sent, perhaps once more: they are PENDING and nobody is known to work on them. */
  adopted: QueuedDelivery[];
  freedLanes: string[];
}

const LIMIT = 1000;
/** Longer than any request. */
const LOST_AFTER_MS = 90_000;
/** A message by hand is there by then, or else lost: its lane waits no longer. */
const HAND_LOST_AFTER_MS = 10_000;
/** What the ladder has not given back by then was lost with a dead owner, before it was sent there. */
const RETRY_LOST_AFTER_MS = 10_000;

/**
 * Deliveries that were let go and whose rows are still in the queue, though nobody in this process works on them: a
 * dead owner's, or such as ended another way (by hand, say). What is on the ladder comes back by itself, unless it is
 * late: then it waits in the queue again.
 */
export async function adoptStrays(
  queue: Pick<GateNeeds['queue'], 'strays' | 'forget' | 'adopt' | 'takeBackLate'>,
  endpointId: string,
  how: { isMine(deliveryId: string): boolean; nowMs: number; afterDeath: boolean },
): Promise<Adoption> {
  const ago = (ms: number): Date => new Date(how.afterDeath ? how.nowMs : how.nowMs - ms);
  const before = { released: ago(LOST_AFTER_MS), byHand: ago(HAND_LOST_AFTER_MS) };
  const strays = (await queue.strays(endpointId, before, LIMIT)).filter(
    ({ deliveryId }) => !how.isMine(deliveryId),
  );
  const ended = strays.filter(({ status }) => status === undefined || isSettled(status));
  const adopted = strays.filter(({ status }) => status === 'PENDING');
  await queue.forget(
    endpointId,
    ended.map(({ position }) => position),
  );
  await queue.adopt(
    endpointId,
    adopted.map(({ position }) => position),
    new Date(how.nowMs),
  );
  const late = await queue.takeBackLate(endpointId, RETRY_LOST_AFTER_MS, LIMIT);
  const freedLanes = [...ended, ...late].map(({ lane }) => lane);
  return { adopted: adopted.filter(({ status }) => status && isDue(status)), freedLanes };
}
