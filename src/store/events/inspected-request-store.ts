import { encodeId, idBytes, idFloor } from '../../domain/ids';
import type { InspectedRequest, SignatureCheck } from '../../domain/inspector';
import { LIMITS } from '../../domain/limits';
import type { Page, PageRequest } from '../../domain/page';
import type { TenantScope } from '../../domain/settings';
import type { Database } from '../database';
import { conditions, readPage, type Conditions } from '../lists/page';

interface RequestRow {
  id: Buffer;
  inspector_id: Buffer;
  tenant_id: Buffer;
  method: string;
  path: string;
  headers: string;
  body_bytes: number;
  signature: SignatureCheck;
  answered_status: number;
}

/** Bodies are left out: who wants one asks for it. */
const COLUMNS = 'id, inspector_id, tenant_id, method, path, headers, body_bytes, signature, answered_status';

/** What inspectors have received: the newest of each. */
export function makeInspectedRequestStore(database: Database) {
  const requestsWhere = async ({ sql, parameters }: Conditions, tail = ''): Promise<InspectedRequest[]> =>
    (
      await database.rows<RequestRow>(
        `select ${COLUMNS} from inspected_requests where ${sql} ${tail}`,
        parameters,
      )
    ).map(toRequest);

  return {
    /** Nothing, when the inspector has been taken away meanwhile: nobody would take the request away after it. */
    async keep(request: InspectedRequest, body: Buffer): Promise<void> {
      const { method, path, headers, bodyBytes, signature, answeredStatus } = request;
      await database.write(
        `insert into inspected_requests (${COLUMNS}, body)
         select ?, id, tenant_id, ?, ?, ?, ?, ?, ?, ? from inspectors where id = ?`,
        [
          idBytes('inspectedRequest', request.id),
          ...[method, path, JSON.stringify(headers), bodyBytes, signature, answeredStatus, body],
          idBytes('inspector', request.inspectorId),
        ],
      );
    },

    /**
     * Takes away what is older than the newest hundred. The bound is read first: a subquery within the delete would lock
     * what it reads, the place where the next request is inserted too.
     */
    async trim(inspectorId: string): Promise<void> {
      const inspector = idBytes('inspector', inspectorId);
      const [oldest] = await database.rows<{ id: Buffer }>(
        `select id from inspected_requests where inspector_id = ? order by id desc
         limit 1 offset ${LIMITS.requestsPerInspector}`,
        [inspector],
      );
      if (!oldest) return;
      await database.write('delete from inspected_requests where inspector_id = ? and id <= ?', [
        inspector,
        oldest.id,
      ]);
    },

    list: (scope: TenantScope, inspectorId: string, page: PageRequest): Promise<Page<InspectedRequest>> =>
      readPage(page, (order, take) =>
        requestsWhere(
          conditions([
            ['inspector_id = ?', idBytes('inspector', inspectorId)],
            ofTenant(scope),
            ['id < ?', page.after],
            ['id > ?', page.before],
          ]),
          `order by id ${order} limit ${take}`,
        ),
      ),

    async count(scope: TenantScope, inspectorId: string): Promise<number> {
      const { sql, parameters } = conditions([
        ['inspector_id = ?', idBytes('inspector', inspectorId)],
        ofTenant(scope),
      ]);
      const [row] = await database.rows<{ n: number | string }>(
        `select count(*) n from inspected_requests where ${sql}`,
        parameters,
      );
      return Number(row?.n ?? 0);
    },

    /** What was kept of each body. */
    async bodiesOf(scope: TenantScope, ids: readonly string[]): Promise<Map<string, Buffer>> {
      const { sql, parameters } = conditions([
        ['id in (?)', ids.map((id) => idBytes('inspectedRequest', id))],
        ofTenant(scope),
      ]);
      const found = await database.rows<{ id: Buffer; body: Buffer }>(
        `select id, body from inspected_requests where ${sql}`,
        parameters,
      );
      return new Map(found.map(({ id, body }) => [encodeId('inspectedRequest', id), body]));
    },

    /** Of these inspectors, what came at `since` or later, in order. */
    since: (inspectorIds: readonly string[], since: Date): Promise<InspectedRequest[]> =>
      requestsWhere(
        conditions([
          ['inspector_id in (?)', inspectorIds.map((id) => idBytes('inspector', id))],
          ['id >= ?', idFloor(since.getTime())],
        ]),
        'order by id',
      ),
  };
}

const INSPECTORS_AT_ONCE = 500;

/** They are not found any more, but a request that found one just before may not be written yet. */
const GRACE_MS = 60_000;

/** With all that they have kept. @returns how many inspectors there were */
export async function deleteExpiredInspectors(database: Database, now: Date): Promise<number> {
  const before = new Date(now.getTime() - GRACE_MS);
  for (let total = 0; ;) {
    const expired = await database.rows<{ id: Buffer }>(
      `select id from inspectors where expires_at <= ? limit ${INSPECTORS_AT_ONCE}`,
      [before],
    );
    // One by one: an inspector has few requests, and a statement over all would hold locks for long.
    for (const { id } of expired)
      await database.write('delete from inspected_requests where inspector_id = ?', [id]);
    if (expired.length > 0)
      await database.write('delete from inspectors where id in (?) and expires_at <= ?', [
        expired.map(({ id }) => id),
        before,
      ]);
    total += expired.length;
    if (expired.length < INSPECTORS_AT_ONCE) return total;
  }
}

const ofTenant = (scope: TenantScope): readonly [string, unknown] => [
  'tenant_id = ?',
  scope === null ? undefined : idBytes('tenant', scope),
];

function toRequest(row: RequestRow): InspectedRequest {
  return {
    id: encodeId('inspectedRequest', row.id),
    inspectorId: encodeId('inspector', row.inspector_id),
    tenantId: encodeId('tenant', row.tenant_id),
    method: row.method,
    path: row.path,
    headers: JSON.parse(row.headers) as Record<string, string>,
    bodyBytes: row.body_bytes,
    signature: row.signature,
    answeredStatus: row.answered_status,
  };
}
