import { STATUS_CODES } from '../../../src/domain/delivery/delivery-status';
import { encodeId, idBytes, idFloor } from '../../../src/domain/ids';
import type { SeededDelivery } from './seed-deliveries';
import type { TestDatabase } from '../test-database';

interface LongList extends SeededDelivery {
  tenantId: string;
  endpointId: string;
  subscriptionId: string;
  count: number;
}

const ROWS = 5000;

/**
 * Many more deliveries of one event that is there, one a second up to a minute ago.
 * @returns the ids, newest first, of the newest so many
 */
export async function seedLongList(database: TestDatabase, list: LongList, told: number): Promise<string[]> {
  const { tenantId, eventId, endpointId, subscriptionId, count } = list;
  // So that the one which came with the event is the newest.
  const newestMs = Date.now() - 60_000;
  const row = (n: number): unknown[] => {
    const at = new Date(newestMs - n * 1000);
    return [
      ...[idAt(n), idBytes('tenant', tenantId), idBytes('event', eventId), idBytes('endpoint', endpointId)],
      ...[idBytes('subscription', subscriptionId), 'order.placed', STATUS_CODES.DELIVERED, 1, 0, 0, at, at],
    ];
  };
  const idAt = (n: number): Buffer => {
    const id = idFloor(newestMs - n * 1000);
    // Version and variant of a UUIDv7.
    id[6] = 0x70;
    id[8] = 0x80;
    id.writeUInt32BE(n, 12);
    return id;
  };
  for (let made = 0; made < count; made += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, count - made) }, (_, at) => row(made + at));
    await database.dataSource.query(
      `insert into deliveries (id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status,
         attempt_count, run_start, generation, created_at, updated_at) values ?`,
      [rows],
    );
  }
  return Array.from({ length: told }, (_, n) => encodeId('delivery', idAt(n)));
}
