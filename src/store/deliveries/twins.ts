import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import type { OutcomeToRecord } from '../../domain/delivery/recorded-outcome';
import type { Sql } from '../database';
import { letGoOf } from '../gate/gate-writes';

/**
 * Outcomes by which a message of which the gate knows nothing (a twin, or the sweep's) would hold what the gate's owner
 * has let go: such a message is obsolete, and held again the delivery would be sent twice. What waits on the ladder is
 * RETRYING, and comes back to its gate by such a message. A request that was made counts, whoever made it: its number is
 * taken, and one that the owner's heir made again under it would be forgotten.
 */
export async function findTwins(
  sql: Sql,
  batch: readonly OutcomeToRecord[],
  rows: ReadonlyMap<string, { status: DeliveryStatus }>,
): Promise<Set<OutcomeToRecord>> {
  const holding = batch.filter(
    ({ deliveryId, verdict, released, attempt }) =>
      verdict.kind === 'hold' && !released && !attempt && rows.get(deliveryId)?.status === 'PENDING',
  );
  const letGo = await letGoOf(
    sql,
    holding.map(({ deliveryId }) => deliveryId),
  );
  return new Set(holding.filter(({ deliveryId }) => letGo.has(deliveryId)));
}
