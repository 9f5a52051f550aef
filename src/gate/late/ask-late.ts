import type { LateAnswer, GateRecord, QueuedDelivery } from '../../domain/delivery/gate-records';
import type { GateNeeds } from '../gate-needs';

/** How many are asked about at once: each may need its event, and seconds. */
const AT_ONCE = 16;

export interface Asked {
  /** Those that may be let go. */
  wanted: QueuedDelivery[];
  /** Those of which it is not known yet, and the lanes of those that were taken out of the queue. */
  lookAgain: string[];
}

/**
 * Of deliveries that were held because nobody waited for their filters, or for the check of their event, those go on whose
 * filter matches and whose event fits. The others are cancelled, or wait for the time of their event.
 */
export async function askLate(
  { lateAnswers, queue, now }: Pick<GateNeeds, 'lateAnswers' | 'queue' | 'now'>,
  { endpointId, tenantId }: Pick<GateRecord, 'endpointId' | 'tenantId'>,
  queued: readonly QueuedDelivery[],
): Promise<Asked> {
  const held = queued.filter(({ isUndecided }) => isUndecided);
  if (held.length === 0) return { wanted: [...queued], lookAgain: [] };
  const asked = held.slice(0, AT_ONCE).map(({ deliveryId }) => deliveryId);
  const answers = await lateAnswers(tenantId, asked);
  const idsOf = (answer: LateAnswer): string[] => asked.filter((id) => answers.get(id) === answer);
  const at = now();
  await queue.dismiss(endpointId, idsOf('UNWANTED'), 'FILTERED_OUT', at);
  await queue.dismiss(endpointId, idsOf('INVALID'), 'SCHEMA_MISMATCH', at);
  await queue.schedule(idsOf('SCHEDULED'), at);
  const isWanted = ({ isUndecided, deliveryId }: QueuedDelivery): boolean =>
    !isUndecided || answers.get(deliveryId) === 'WANTED';
  return {
    wanted: queued.filter(isWanted),
    lookAgain: queued.filter((item) => !isWanted(item)).map(({ lane }) => lane),
  };
}
