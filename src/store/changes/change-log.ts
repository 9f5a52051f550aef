import { STATUS_CODES, type DeliveryStatus } from '../../domain/delivery/delivery-status';
import { idBytes } from '../../domain/ids';
import type { Sql } from '../database';
import { NOTHING_COUNTED, addDeltas, type Counted } from '../stats/stat-deltas';

export interface Change {
  tenantId: string;
  endpointId: string;
  deliveryId: string;
  /** The status it leaves, as the locked row has it; null when the delivery is new. Statistics are made of this. */
  from: DeliveryStatus | null;
  status: DeliveryStatus;
  attempt: number;
  /** When it happened, if that was before it is written. */
  at?: Date;
}

/**
 * Appends status changes, gives each its place, and adds them to the statistics. MUST be the last thing in its transaction: the tenant's counter row
 * stays locked from here to the commit, and that is what makes sequence order commit order — a reader that has seen
 * `seq` n has missed nothing before it.
 * @param counted what statistics count besides
 * @returns the sequence number of each change, in the order given
 */
export async function appendChanges(
  sql: Sql,
  changes: readonly Change[],
  at: Date,
  counted: Counted = NOTHING_COUNTED,
): Promise<number[]> {
  // Before the counter is locked: others wait for that one.
  await addDeltas(sql, changes, counted);
  if (changes.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { tenantId } of changes) counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1);
  const next = await takeNumbers(sql, counts);
  const numbers: number[] = [];
  const rows = changes.map(({ tenantId, deliveryId, status, attempt, at: happenedAt = at }) => {
    const seq = next.get(tenantId) ?? 0;
    next.set(tenantId, seq + 1);
    numbers.push(seq);
    return [
      idBytes('tenant', tenantId),
      seq,
      idBytes('delivery', deliveryId),
      STATUS_CODES[status],
      attempt,
      happenedAt,
    ];
  });
  await sql.write(
    'insert into delivery_changes (tenant_id, seq, delivery_id, status, attempt, at) values ?',
    [rows],
  );
  return numbers;
}

/** The first of the numbers that each tenant has been given. Tenants in sorted order, or two writers would deadlock. */
async function takeNumbers(sql: Sql, counts: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const tenantIds = [...counts.keys()].sort();
  const keys = tenantIds.map((tenantId) => idBytes('tenant', tenantId));
  await sql.write(
    `insert into tenant_counters (tenant_id, seq) values ?
     on duplicate key update seq = seq + values(seq)`,
    [tenantIds.map((tenantId, index) => [keys[index], counts.get(tenantId) ?? 0])],
  );
  const rows = await sql.rows<{ tenant_id: Buffer; seq: string }>(
    'select tenant_id, seq from tenant_counters where tenant_id in (?)',
    [keys],
  );
  const last = new Map(rows.map((row) => [row.tenant_id.toString('hex'), Number(row.seq)]));
  return new Map(
    tenantIds.map((tenantId, index) => {
      const end = last.get(keys[index]?.toString('hex') ?? '') ?? 0;
      return [tenantId, end - (counts.get(tenantId) ?? 0) + 1];
    }),
  );
}
