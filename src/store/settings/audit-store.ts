import type { ActorKind, AuditEntry, AuditFilter, NewAuditEntry } from '../../domain/audit';
import { decodeId, encodeId, idBytes, idFloor, kindOfId, timeOfId, type IdKind } from '../../domain/ids';
import type { Page, PageRequest } from '../../domain/page';
import type { TenantScope } from '../../domain/settings';
import { EVERYBODY } from '../catalog/catalog-change';
import type { Database } from '../database';
import { conditions, readPage } from '../lists/page';

/** Where the owner of an object is found when the caller stands above tenants. Deleted rows stay, marked. */
const OWNERS: Partial<Record<IdKind, string>> = {
  apiKey: 'api_keys',
  endpoint: 'endpoints',
  subscription: 'webhook_subscriptions',
  delivery: 'deliveries',
  replay: 'replays',
  source: 'sources',
};

const MAX_FIELDS_LENGTH = 1000;

/** The audit log. Rows are added and read; nothing changes one. */
export function makeAuditStore(database: Database) {
  async function ownerOf(objectId: string | null): Promise<Buffer | null> {
    const kind = objectId === null ? undefined : kindOfId(objectId);
    if (objectId === null || kind === undefined) return null;
    if (kind === 'tenant') return decodeId('tenant', objectId) ?? null;
    if (kind === 'eventType') return ownerOfEventType(objectId);
    const table = OWNERS[kind];
    if (!table) return null;
    const [row] = await database.rows<{ tenant_id: Buffer | null }>(
      `select tenant_id from ${table} where id = ?`,
      [idBytes(kind, objectId)],
    );
    return row?.tenant_id ?? null;
  }

  /** What everybody shares is nobody's alone. */
  async function ownerOfEventType(id: string): Promise<Buffer | null> {
    const [row] = await database.rows<{ owner_id: Buffer }>('select owner_id from event_types where id = ?', [
      idBytes('eventType', id),
    ]);
    return row && !row.owner_id.equals(EVERYBODY) ? row.owner_id : null;
  }

  return {
    /** An entry that is there already is left as it is: the answer to the first try may have been lost. */
    async append({ actor, ...entry }: NewAuditEntry): Promise<void> {
      const tenant =
        entry.tenantId === null ? await ownerOf(entry.objectId) : idBytes('tenant', entry.tenantId);
      await database.write(
        `insert ignore into audit_entries (id, tenant_id, actor_kind, actor_id, actor_prefix, action, object_id, fields, ok,
           address, user_agent) values (?)`,
        [
          [
            ...[idBytes('auditEntry', entry.id), tenant, actor.kind, actor.id, actor.prefix],
            ...[entry.action, entry.objectId, entry.fields.join(' ').slice(0, MAX_FIELDS_LENGTH), entry.ok],
            ...[entry.address, entry.userAgent],
          ],
        ],
      );
    },

    list(scope: TenantScope, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
      return readPage(page, async (order, take) => {
        const { sql, parameters } = conditions([
          ...entriesOf(scope, filter),
          ['id < ?', page.after],
          ['id > ?', page.before],
        ]);
        const rows = await database.rows<Row>(
          `select * from audit_entries where ${sql} order by id ${order} limit ${take}`,
          parameters,
        );
        return rows.map(toEntry);
      });
    },

    async count(scope: TenantScope, filter: AuditFilter): Promise<number> {
      const { sql, parameters } = conditions(entriesOf(scope, filter));
      const [row] = await database.rows<{ n: number | string }>(
        `select count(*) n from audit_entries where ${sql}`,
        parameters,
      );
      return Number(row?.n ?? 0);
    },
  };
}

function entriesOf(scope: TenantScope, { actions, objectId, actorId, since, until }: AuditFilter) {
  return [
    ['tenant_id = ?', scope === null ? undefined : idBytes('tenant', scope)],
    ['action in (?)', actions && (actions.length > 0 ? actions : [''])],
    ['object_id = ?', objectId],
    ['actor_id = ?', actorId],
    ['id >= ?', since && idFloor(since.getTime())],
    ['id < ?', until && idFloor(until.getTime())],
  ] as const;
}

interface Row {
  id: Buffer;
  tenant_id: Buffer | null;
  actor_kind: ActorKind;
  actor_id: string;
  actor_prefix: string | null;
  action: string;
  object_id: string | null;
  fields: string;
  ok: number;
  address: string | null;
  user_agent: string | null;
}

function toEntry(row: Row): AuditEntry {
  return {
    id: encodeId('auditEntry', row.id),
    at: new Date(timeOfId(row.id)),
    tenantId: row.tenant_id && encodeId('tenant', row.tenant_id),
    actor: { kind: row.actor_kind, id: row.actor_id, prefix: row.actor_prefix },
    action: row.action,
    objectId: row.object_id,
    fields: row.fields === '' ? [] : row.fields.split(' '),
    ok: row.ok === 1,
    address: row.address,
    userAgent: row.user_agent,
  };
}
