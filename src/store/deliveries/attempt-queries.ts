import { encodeId, idBytes } from '../../domain/ids';
import type { AttemptBodies, AttemptHead, TenantScope } from '../../domain/settings';
import type { Database } from '../database';
import { conditions } from '../lists/page';

/** Attempts as people read them. Bodies are apart: a page of deliveries may have megabytes of them. */
export function makeAttemptQueries(database: Database) {
  const select = <Row>(
    columns: string,
    scope: TenantScope,
    deliveryIds: readonly string[],
  ): Promise<Row[]> => {
    const { sql, parameters } = conditions([
      ['a.delivery_id in (?)', deliveryIds.map((id) => idBytes('delivery', id))],
      ['d.tenant_id = ?', scope === null ? undefined : idBytes('tenant', scope)],
    ]);
    return database.rows<Row>(
      `select ${columns} from delivery_attempts a join deliveries d on d.id = a.delivery_id where ${sql}`,
      parameters,
    );
  };

  return {
    /** In the order they were made, by delivery. */
    async ofDeliveries(
      scope: TenantScope,
      deliveryIds: readonly string[],
    ): Promise<Map<string, AttemptHead[]>> {
      const rows = await select<HeadRow>(
        `a.delivery_id, a.number, a.at, a.duration_ms, a.ok, a.request_headers, a.response_status, a.response_headers,
         a.error, a.error_detail`,
        scope,
        deliveryIds,
      );
      return byDelivery(rows.map(toHead));
    },

    async bodiesOf(
      scope: TenantScope,
      deliveryIds: readonly string[],
    ): Promise<Map<string, AttemptBodies[]>> {
      const rows = await select<BodyRow>(
        'a.delivery_id, a.number, a.request_body, a.response_body',
        scope,
        deliveryIds,
      );
      const bodies = rows.map((row) => ({
        deliveryId: encodeId('delivery', row.delivery_id),
        number: row.number,
        request: row.request_body,
        response: row.response_body,
      }));
      return byDelivery(bodies);
    },
  };
}

/** By delivery, in the order of their numbers: the database would sort all of them in a table of its own. */
function byDelivery<T extends { deliveryId: string; number: number }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.deliveryId);
    if (group) group.push(item);
    else groups.set(item.deliveryId, [item]);
  }
  for (const group of groups.values()) group.sort((a, b) => a.number - b.number);
  return groups;
}

interface HeadRow {
  delivery_id: Buffer;
  number: number;
  at: Date;
  duration_ms: number;
  ok: number;
  request_headers: string;
  response_status: number | null;
  response_headers: string | null;
  error: string | null;
  error_detail: string | null;
}

interface BodyRow {
  delivery_id: Buffer;
  number: number;
  request_body: Buffer | null;
  response_body: Buffer | null;
}

function toHead(row: HeadRow): AttemptHead {
  const headers = (text: string) => JSON.parse(text) as Record<string, string>;
  return {
    deliveryId: encodeId('delivery', row.delivery_id),
    number: row.number,
    at: row.at,
    durationMs: row.duration_ms,
    ok: row.ok === 1,
    requestHeaders: headers(row.request_headers),
    responseStatus: row.response_status,
    responseHeaders: row.response_headers === null ? null : headers(row.response_headers),
    error: row.error,
    errorDetail: row.error_detail,
  };
}
