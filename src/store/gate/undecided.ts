import type { UndecidedDelivery } from '../../domain/delivery/gate-records';
import type { HoldReason } from '../../domain/delivery/hold-reason';
import { encodeId, idBytes } from '../../domain/ids';
import type { Database } from '../database';

/** Held deliveries with their events, for what is found out later; those past retention are left out. */
export async function readUndecided(
  database: Database,
  ids: readonly string[],
): Promise<UndecidedDelivery[]> {
  const rows = await database.rows<{
    id: Buffer;
    subscription_id: Buffer;
    held_because: HoldReason | null;
    event_id: Buffer;
    type: string;
    version: number;
    occurred_at: Date;
    deliver_at: Date | null;
    data: Buffer;
  }>(
    `select d.id, d.subscription_id, d.held_because, d.event_id, e.type, e.version, e.occurred_at, e.deliver_at, e.data
     from deliveries d join events e on e.id = d.event_id where d.id in (?)`,
    [ids.map((id) => idBytes('delivery', id))],
  );
  return rows.map((row) => ({
    id: encodeId('delivery', row.id),
    subscriptionId: encodeId('subscription', row.subscription_id),
    isUnchecked: row.held_because === 'SCHEMA',
    event: {
      id: encodeId('event', row.event_id),
      type: row.type,
      version: row.version,
      occurredAt: row.occurred_at,
      deliverAt: row.deliver_at ?? undefined,
      data: row.data,
    },
  }));
}
