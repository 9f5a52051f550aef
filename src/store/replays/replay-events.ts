import { encodeId, idBytes, idFloor } from '../../domain/ids';
import type { WarrenEvent } from '../../domain/nouns';
import { SEAM_MS, type Replay, type ReplayJob } from '../../domain/replay';
import type { Sql } from '../database';
import { WINDOW_ROWS } from './replay-windows';

/** The next events of a backfill, and how far it has come with them. */
export interface EventWindow {
  events: WarrenEvent[];
  /** Undefined: nothing is left. */
  reached: Buffer | undefined;
}

type Range = Pick<Replay, 'tenantId' | 'selection' | 'createdAt'>;

export interface EventLimits {
  /** Most deliveries that the events may make; one event that makes more comes alone. */
  deliveries: number;
  /** Most bytes of data; one event that is heavier comes alone. */
  bytes: number;
}

/**
 * Looks at the types of many, then reads those that somebody may want, whole.
 * @param wantedBy how many subscriptions may want an event of the type; its data may say otherwise later
 */
export async function readEvents(
  sql: Sql,
  job: ReplayJob,
  wantedBy: (type: string) => number,
  limits: EventLimits,
): Promise<EventWindow> {
  const heads = await sql.rows<{ id: Buffer; type: string }>(
    `select id, type from events force index (events_tenant)
     where tenant_id = ? and id > ? and id < ? order by id limit ${WINDOW_ROWS}`,
    rangeOf(job, job.reached),
  );
  const { types } = job.selection;
  const chosen: Buffer[] = [];
  let deliveries = 0;
  let reached: Buffer | undefined;
  for (const { id, type } of heads) {
    const wanted = types && !types.includes(type) ? 0 : wantedBy(type);
    deliveries += wanted;
    if (wanted > 0 && chosen.length > 0 && deliveries > limits.deliveries) break;
    if (wanted > 0) chosen.push(id);
    reached = id;
  }
  const { light, isCut } = await cutAt(sql, chosen, limits.bytes);
  return { events: await readWhole(sql, light), reached: isCut ? light.at(-1) : reached };
}

/**
 * The first of them, in order, that are not too heavy together. Retention may have taken any of them meanwhile, or all:
 * there is more only where it was cut.
 */
async function cutAt(
  sql: Sql,
  ids: readonly Buffer[],
  maxBytes: number,
): Promise<{ light: Buffer[]; isCut: boolean }> {
  if (ids.length === 0) return { light: [], isCut: false };
  const rows = await sql.rows<{ id: Buffer; bytes: number }>(
    'select id, length(data) bytes from events where id in (?) order by id',
    [ids],
  );
  let sum = 0;
  const end = rows.findIndex(({ bytes }, index) => (sum += bytes) > maxBytes && index > 0);
  const isCut = end >= 0;
  return { light: (isCut ? rows.slice(0, end) : rows).map(({ id }) => id), isCut };
}

/** How many events of each type there are in the range of a backfill, counted up to `most`. */
export async function countTypes(sql: Sql, range: Range, most: number): Promise<Map<string, number>> {
  const rows = await sql.rows<{ type: string; n: number | string }>(
    `select type, count(*) n from (
       select type collate ascii_bin type from events force index (events_tenant)
       where tenant_id = ? and id > ? and id < ? order by id limit ${most}) looked_at
     group by type`,
    rangeOf(range, null),
  );
  const { types } = range.selection;
  return new Map(
    rows.filter(({ type }) => !types || types.includes(type)).map(({ type, n }) => [type, Number(n)]),
  );
}

function rangeOf({ tenantId, selection, createdAt }: Range, reached: Buffer | null): unknown[] {
  const until = Math.min(selection.until?.getTime() ?? Infinity, createdAt.getTime() + SEAM_MS);
  return [idBytes('tenant', tenantId), reached ?? idFloor(selection.since?.getTime() ?? 0), idFloor(until)];
}

interface EventRow {
  id: Buffer;
  tenant_id: Buffer;
  type: string;
  version: number;
  data: Buffer;
  occurred_at: Date;
  received_at: Date;
  ordering_key: string | null;
  deliver_at: Date | null;
  traceparent: string | null;
}

async function readWhole(sql: Sql, ids: readonly Buffer[]): Promise<WarrenEvent[]> {
  if (ids.length === 0) return [];
  const rows = await sql.rows<EventRow>(
    `select id, tenant_id, type, version, data, occurred_at, received_at, ordering_key, deliver_at, traceparent
     from events where id in (?) order by id`,
    [ids],
  );
  return rows.map((row) => ({
    id: encodeId('event', row.id),
    tenantId: encodeId('tenant', row.tenant_id),
    type: row.type,
    version: row.version,
    data: row.data,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    ...(row.ordering_key === null ? {} : { orderingKey: row.ordering_key }),
    ...(row.deliver_at === null ? {} : { deliverAt: row.deliver_at }),
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
  }));
}
