import { STATUS_CODES } from '../../../src/domain/delivery/delivery-status';
import { deliveryIdFor, idBytes, newId } from '../../../src/domain/ids';
import type { TestDatabase } from '../test-database';

export interface ChangesToSeed {
  tenantId: string;
  endpointId: string;
  subscriptionId: string;
  count: number;
}

const ROWS = 1000;
const DATA = Buffer.from(JSON.stringify({ note: 'x'.repeat(2000) }));

/** Delivered deliveries with a change each, as `count` events leave them; the tenant's log goes on from where it is. */
export async function seedChanges(database: TestDatabase, seed: ChangesToSeed): Promise<void> {
  const tenant = idBytes('tenant', seed.tenantId);
  const endpoint = idBytes('endpoint', seed.endpointId);
  const subscription = idBytes('subscription', seed.subscriptionId);
  const insert = (table: string, columns: string, rows: unknown[][]) =>
    database.dataSource.query(`insert into ${table} (${columns}) values ?`, [rows]);
  for (let made = 0; made < seed.count; made += ROWS) {
    const at = new Date();
    const ids = Array.from({ length: Math.min(ROWS, seed.count - made) }, () => {
      const eventId = newId('event');
      return {
        event: idBytes('event', eventId),
        delivery: idBytes('delivery', deliveryIdFor(eventId, seed.subscriptionId)),
      };
    });
    await insert(
      'events',
      'id, tenant_id, type, version, data, occurred_at, received_at',
      ids.map(({ event }) => [event, tenant, 'seeded', 1, DATA, at, at]),
    );
    await insert(
      'deliveries',
      `id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, attempt_count, run_start, generation,
       created_at, updated_at`,
      ids.map(({ event, delivery }) => [
        ...[delivery, tenant, event, endpoint, subscription],
        ...['seeded', STATUS_CODES.DELIVERED, 1, 0, 0, at, at],
      ]),
    );
    await insert(
      'delivery_attempts',
      'delivery_id, number, at, duration_ms, ok, request_headers, response_status, response_headers',
      ids.map(({ delivery }) => [delivery, 1, at, 12, true, '{}', 200, '{}']),
    );
    await database.dataSource.query('update tenant_counters set seq = seq + ? where tenant_id = ?', [
      ids.length,
      tenant,
    ]);
    const [counter] = await database.dataSource.query<{ seq: string }[]>(
      'select seq from tenant_counters where tenant_id = ?',
      [tenant],
    );
    const first = Number(counter?.seq) - ids.length + 1;
    await insert(
      'delivery_changes',
      'tenant_id, seq, delivery_id, status, attempt, at',
      ids.map(({ delivery }, index) => [tenant, first + index, delivery, STATUS_CODES.DELIVERED, 1, at]),
    );
  }
}
