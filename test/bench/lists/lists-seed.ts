import { idBytes, idFloor, newId } from '../../../src/domain/ids';
import { STATUS_CODES } from '../../../src/domain/delivery/delivery-status';
import type { Database } from '../../../src/store/database';

/**
 * A database full of deliveries for `lists`: two to an event, spread evenly over the last days, made by the database
 * itself. What is rare is as rare as can be at every size: RARE of each kind, however many deliveries there are.
 */
export const DAYS = 8;
export const RARE = 60;
const DAY_MS = 86_400_000;
const EVENTS_PER_STATEMENT = 20_000;
const TABLES = { events: 'id', deliveries: 'id', delivery_attempts: 'delivery_id' };

export interface Filled {
  tenantId: string;
  /** The first has all that is dead-lettered, the last one only RARE. */
  endpointIds: string[];
  /** From the oldest to the newest. */
  fromMs: number;
  toMs: number;
}

interface Filling {
  tenantId: string;
  subscriptionId: string;
  endpointIds: string[];
  deliveries: number;
}

export async function fillLists(database: Database, filling: Filling): Promise<Filled> {
  const toMs = Date.now() - 60_000;
  const fromMs = toMs - DAYS * DAY_MS + 3_600_000;
  await cutIntoDays(database, fromMs);
  await database.write('create table numbers (n int unsigned not null primary key)');
  await database.write('insert into numbers values (0)');
  for (let n = 1; n < EVENTS_PER_STATEMENT; n *= 2)
    await database.write('insert into numbers select n + ? from numbers where n + ? < ?', [
      n,
      n,
      EVENTS_PER_STATEMENT,
    ]);
  const others = await addTenants(database, 3);
  const sql = statements({ ...filling, others, fromMs, toMs });
  for (let base = 0; base < filling.deliveries / 2; base += EVENTS_PER_STATEMENT)
    for (const text of sql) await database.write(text.replaceAll(':base', String(base)));
  await database.rows('analyze table events, deliveries, delivery_attempts, delivery_changes');
  return { tenantId: filling.tenantId, endpointIds: filling.endpointIds, fromMs, toMs };
}

/** The days before yesterday, which a new database has no partitions for. */
async function cutIntoDays(database: Database, fromMs: number): Promise<void> {
  for (const table of Object.keys(TABLES)) {
    const [first] = await database.rows<{ name: string; bound: string }>(
      `select partition_name name, partition_description bound from information_schema.partitions
       where table_schema = database() and table_name = ? order by partition_ordinal_position limit 1`,
      [table],
    );
    const end = Buffer.from(/[0-9a-f]{12}/i.exec(first?.bound ?? '')?.[0] ?? '', 'hex').readUIntBE(0, 6);
    const parts: string[] = [];
    for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS + DAY_MS; dayMs <= end; dayMs += DAY_MS) {
      const name = `p${new Date(dayMs - DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
      parts.push(`partition ${name} values less than (x'${idFloor(dayMs).toString('hex')}')`);
    }
    await database.write(
      `alter table ${table} reorganize partition ${first?.name ?? ''} into (${parts.join(', ')})`,
    );
  }
}

/** Tenants with an endpoint each, who share what the tenant under test does not have. */
async function addTenants(
  database: Database,
  count: number,
): Promise<{ tenantId: string; endpointId: string }[]> {
  const added = Array.from({ length: count }, () => ({
    tenantId: newId('tenant'),
    endpointId: newId('endpoint'),
  }));
  const at = new Date();
  for (const [index, { tenantId, endpointId }] of added.entries()) {
    await database.write(
      'insert into tenants (id, slug, name, scopes, created_at, updated_at) values (?, ?, ?, ?, ?, ?)',
      [idBytes('tenant', tenantId), `other-${index}`, 'Other', '[]', at, at],
    );
    await database.write(
      `insert into endpoints (id, tenant_id, name, url, description, status, payload_format, timeout_ms,
         signature_scheme, config_version, created_at, updated_at)
       values (?, ?, '', 'http://127.0.0.1:9/', '', 'ACTIVE', 'STANDARD', 15000, 'HMAC_SHA256', 1, ?, ?)`,
      [idBytes('endpoint', endpointId), idBytes('tenant', tenantId), at, at],
    );
  }
  return added;
}

type Numbers = Filling & {
  others: { tenantId: string; endpointId: string }[];
  fromMs: number;
  toMs: number;
};

/** k: number of the event. j: 0 or 1, its deliveries. */
function statements({
  tenantId,
  subscriptionId,
  endpointIds,
  others,
  deliveries,
  fromMs,
  toMs,
}: Numbers): string[] {
  const events = deliveries / 2;
  const every = Math.floor(events / RARE);
  const hex = (bytes: Buffer): string => `x'${bytes.toString('hex')}'`;
  const k = '(:base + n)';
  const ms = `floor(${fromMs} + ${k} * ${(toMs - fromMs) / events})`;
  const id = (salt: string): string =>
    `unhex(concat(lpad(hex(${ms}), 12, '0'), '7', substr(md5(concat(${salt}, ${k})), 1, 3), '8',
       substr(md5(concat(${salt}, ${k})), 4, 15)))`;
  const rare = `${k} % ${every}`;
  // Seven of ten events are the tenant's, and so is everything rare.
  const slot = `if(${rare} < 5, 0, ${k} % 10)`;
  const tenant = `elt(1 + ${slot}, ${[
    ...Array<string>(7).fill(tenantId),
    ...others.map((other) => other.tenantId),
  ]
    .map((of) => hex(idBytes('tenant', of)))
    .join(', ')})`;
  const type = `if(${rare} = 3, 'order.refunded', elt(1 + floor(${k} / 10) % 10, 'order.paid', 'order.paid', 'order.paid',
    'order.shipped', 'order.placed', 'order.placed', 'order.placed', 'order.placed', 'order.placed', 'order.placed'))`;
  const busy = endpointIds.length - 1;
  // Nothing that is shipped goes to endpoint 2: two conditions that each fit many, and never one delivery.
  const ofTenant = `if(j = 0 and ${rare} = 4, ${busy}, if(j = 0 and ${rare} = 1, 0,
    if(${type} = 'order.shipped' and (floor(${k} / 7) + j) % ${busy} = 2, 3, (floor(${k} / 7) + j) % ${busy})))`;
  const endpoint = `elt(1 + if(${slot} < 7, ${ofTenant}, ${endpointIds.length - 7} + ${slot}), ${[
    ...endpointIds,
    ...others.map((other) => other.endpointId),
  ]
    .map((of) => hex(idBytes('endpoint', of)))
    .join(', ')})`;
  const status = `case when j = 0 and ${rare} = 1 then ${STATUS_CODES.DEAD_LETTERED}
    when j = 0 and ${rare} = 2 then ${STATUS_CODES.RETRYING} when ${k} % 100 = 57 then ${STATUS_CODES.CANCELLED}
    when ${k} % 50 = 39 then ${STATUS_CODES.PENDING} else ${STATUS_CODES.DELIVERED} end`;
  const at = `date_add('1970-01-01', interval ${ms} * 1000 microsecond)`;
  // Not before the bench is over: the sweep would send them.
  const due = `date_add('1970-01-01', interval ${toMs + 2 * DAY_MS} * 1000 microsecond)`;
  const numbers = `numbers where ${k} < ${events}`;
  const two = `numbers join (select 0 j union all select 1) twice where ${k} < ${events}`;
  const delivery = id('j');
  return [
    `insert into events (id, tenant_id, type, version, data, occurred_at, received_at, idempotency_key, config_version)
     select ${id("'e'")}, ${tenant}, ${type}, 1, '{"order":1}', ${at}, ${at}, if(${k} % 10 = 0, concat('key-', ${k}), null), 1000
     from ${numbers} order by n`,
    `insert into deliveries (id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, attempt_count,
       run_start, generation, next_attempt_at, created_at, updated_at, delivered_at)
     select ${delivery}, ${tenant}, ${id("'e'")}, ${endpoint}, ${hex(idBytes('subscription', subscriptionId))}, ${type},
       ${status}, 1, 0, 0, if(${status} <= 2, ${due}, null), ${at}, ${at}, if(${status} = 4, ${at}, null)
     from ${two} order by n`,
    `insert into delivery_attempts (delivery_id, number, at, duration_ms, ok, request_headers, response_status,
       response_headers, response_body)
     select ${delivery}, 1, ${at}, 12, ${status} = 4, '{"content-type":"application/json"}', 200, '{}', 'thanks'
     from ${two} order by n`,
    `insert into delivery_changes (tenant_id, seq, delivery_id, status, attempt, at)
     select ${tenant}, 2 * ${k} + j + 1000, ${delivery}, ${status}, 1, ${at} from ${two} order by n`,
  ];
}
