import { STATUS_CODES, statusOfCode, type DeliveryStatus } from '../../domain/delivery/delivery-status';
import { decodeId, encodeId, idBytes, idFloor } from '../../domain/ids';
import { statusesOf, type Replay, type ReplayJob } from '../../domain/replay';
import type { Sql } from '../database';

/** What a replay looks at of a delivery before it touches it. */
export interface SelectedDelivery {
  id: Buffer;
  endpointId: string;
  subscriptionId: string;
  status: DeliveryStatus;
}

/** The next deliveries of a replay, and how far it has come with them. */
export interface Window {
  chosen: SelectedDelivery[];
  /** Undefined: nothing is left. */
  reached: Buffer | undefined;
}

interface Row {
  id: Buffer;
  tenant_id: Buffer;
  endpoint_id: Buffer;
  subscription_id: Buffer;
  event_type: string;
  status: number;
}

/**
 * Rows looked at in one go, from which at most a batch is taken: a selection that fits few of them costs many small
 * statements, never one that runs for minutes.
 */
export const WINDOW_ROWS = 1000;
const COLUMNS = 'id, tenant_id, endpoint_id, subscription_id, event_type, status';

/** The statement that reads a window, in the order of the ids; each has an index of its own. */
export interface WindowQuery {
  sql: string;
  parameters: unknown[];
}

export function deliveryWindow(
  job: Pick<ReplayJob, 'tenantId' | 'selection' | 'createdAt' | 'reached'>,
  rows = WINDOW_ROWS,
): WindowQuery {
  const { selection, createdAt, reached, tenantId } = job;
  const tenant = idBytes('tenant', tenantId);
  if (selection.deliveryIds) {
    const ids = bytesOf(selection.deliveryIds).filter((id) => !reached || id.compare(reached) > 0);
    return {
      sql: `select ${COLUMNS} from deliveries where id in (?) order by id limit ${rows}`,
      parameters: [ids.length > 0 ? ids.slice(0, rows) : [Buffer.alloc(16)]],
    };
  }
  const from = reached ?? idFloor(selection.since?.getTime() ?? 0);
  // Nothing that came after it was asked for; its own deliveries have the ids of the events, so they are passed once.
  const to = idFloor(Math.min(selection.until?.getTime() ?? Infinity, createdAt.getTime()));
  const statuses = statusesOf(selection);
  // Most deliveries of an endpoint are DELIVERED: without those, the tenant's few of that status are the shorter way.
  if (selection.endpointId !== undefined && statuses.includes('DELIVERED')) {
    return {
      sql: `select ${COLUMNS} from deliveries force index (deliveries_endpoint)
            where endpoint_id = ? and id > ? and id < ? order by id limit ${rows}`,
      parameters: [idBytes('endpoint', selection.endpointId), from, to],
    };
  }
  const one = `(select ${COLUMNS} from deliveries force index (deliveries_status)
                where tenant_id = ? and status = ? and id > ? and id < ? order by id limit ${rows})`;
  return {
    sql: `${statuses.map(() => one).join(' union all ')} order by id limit ${rows}`,
    parameters: statuses.flatMap((status) => [tenant, STATUS_CODES[status], from, to]),
  };
}

/** In a transaction or not: nothing is locked yet. */
export async function readWindow(sql: Sql, job: ReplayJob, batch: number): Promise<Window> {
  const query = deliveryWindow(job);
  const rows = await sql.rows<Row>(query.sql, query.parameters);
  const chosen: SelectedDelivery[] = [];
  const isSelected = selectorOf(job);
  for (const row of rows) {
    const found = isSelected(row);
    if (!found) continue;
    chosen.push(found);
    if (chosen.length === batch) return { chosen, reached: row.id };
  }
  return { chosen, reached: rows.at(-1)?.id };
}

/** How many it would take, counted up to `most` rows looked at. */
export async function countSelected(
  sql: Sql,
  replay: Pick<Replay, 'tenantId' | 'selection' | 'createdAt'>,
  most: number,
): Promise<number> {
  const { selection } = replay;
  const query = deliveryWindow({ ...replay, reached: null }, most);
  const statuses = statusesOf(selection).map((status) => STATUS_CODES[status]);
  const filters: [string, unknown][] = [
    ['tenant_id = ?', idBytes('tenant', replay.tenantId)],
    ['status in (?)', statuses],
    ...(selection.endpointId === undefined
      ? []
      : [['endpoint_id = ?', idBytes('endpoint', selection.endpointId)] as [string, unknown]]),
    ...(selection.subscriptionId === undefined
      ? []
      : [['subscription_id = ?', idBytes('subscription', selection.subscriptionId)] as [string, unknown]]),
    ...(selection.types
      ? [['event_type collate ascii_bin in (?)', selection.types] as [string, unknown]]
      : []),
  ];
  const [row] = await sql.rows<{ n: number | string }>(
    `select count(*) n from (${query.sql}) looked_at where ${filters.map(([text]) => text).join(' and ')}`,
    [...query.parameters, ...filters.map(([, parameter]) => parameter)],
  );
  return Number(row?.n ?? 0);
}

function selectorOf({ tenantId, selection }: ReplayJob): (row: Row) => SelectedDelivery | undefined {
  const { endpointId, subscriptionId, types } = selection;
  const statuses = new Set(statusesOf(selection));
  const wantedTypes = types && new Set(types);
  const tenant = idBytes('tenant', tenantId);
  return (row) => {
    const found = {
      id: row.id,
      endpointId: encodeId('endpoint', row.endpoint_id),
      subscriptionId: encodeId('subscription', row.subscription_id),
      status: statusOfCode(row.status),
    };
    if (!row.tenant_id.equals(tenant) || !statuses.has(found.status)) return undefined;
    if (endpointId !== undefined && endpointId !== found.endpointId) return undefined;
    if (subscriptionId !== undefined && subscriptionId !== found.subscriptionId) return undefined;
    return wantedTypes && !wantedTypes.has(row.event_type) ? undefined : found;
  };
}

const bytesOf = (ids: readonly string[]): Buffer[] =>
  ids.flatMap((id) => decodeId('delivery', id) ?? []).sort((a, b) => a.compare(b));
