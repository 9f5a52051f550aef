import { encodeId } from '../../domain/ids';
import type { KeyRing } from '../../runtime/key-ring';
import type { Database } from '../database';
import { sealedFor } from '../config/tenant-config-rows';

/** Where sealed values are. `from` says which rows, with the owner that each is bound to; `before` is below every id. */
const SEALED_COLUMNS = [
  {
    table: 'endpoints',
    owner: 'endpoint',
    column: 'headers_sealed',
    what: 'headers',
    before: Buffer.alloc(0),
    from: 'endpoints r join endpoints o on o.id = r.id',
  },
  {
    table: 'endpoints',
    owner: 'endpoint',
    column: 'credentials_sealed',
    what: 'credentials',
    before: Buffer.alloc(0),
    from: 'endpoints r join endpoints o on o.id = r.id',
  },
  {
    table: 'endpoint_secrets',
    owner: 'endpoint',
    column: 'sealed',
    what: 'secret',
    before: 0,
    from: 'endpoint_secrets r join endpoints o on o.id = r.endpoint_id',
  },
  {
    table: 'source_secrets',
    owner: 'source',
    column: 'sealed',
    what: 'signing-secret',
    before: 0,
    from: 'source_secrets r join sources o on o.id = r.source_id',
  },
  {
    table: 'inspectors',
    owner: 'inspector',
    column: 'secret_sealed',
    what: 'secret',
    before: Buffer.alloc(0),
    from: 'inspectors r join inspectors o on o.id = r.id',
  },
] as const;

const AT_ONCE = 200;

interface SealedRow {
  id: Buffer | string;
  tenant_id: Buffer;
  owner_id: Buffer;
  sealed: Buffer;
}

/**
 * Seals everything that an older key sealed again with the newest, so that the older can leave the ring. May run beside
 * everything else, and twice: a value that changed meanwhile is left as it is.
 * @returns how many values were sealed again
 * @throws when a value is sealed by a key that the ring does not have
 */
export async function resealAll(database: Database, keyRing: KeyRing): Promise<number> {
  let resealed = 0;
  for (const at of SEALED_COLUMNS) resealed += await resealColumn(database, keyRing, at);
  return resealed;
}

async function resealColumn(
  database: Database,
  keyRing: KeyRing,
  { table, owner, column, what, before, from }: (typeof SEALED_COLUMNS)[number],
): Promise<number> {
  let resealed = 0;
  let after: Buffer | string | number = before;
  for (;;) {
    const rows: SealedRow[] = await database.rows<SealedRow>(
      `select r.id, o.tenant_id, o.id as owner_id, r.${column} as sealed from ${from}
       where r.id > ? and r.${column} is not null order by r.id limit ${AT_ONCE}`,
      [after],
    );
    for (const { id, tenant_id, owner_id, sealed } of rows) {
      if (keyRing.isByNewest(sealed)) continue;
      const boundTo = sealedFor(encodeId('tenant', tenant_id), encodeId(owner, owner_id), what);
      const again = keyRing.seal(keyRing.open(sealed, boundTo), boundTo);
      resealed += await database.write(`update ${table} set ${column} = ? where id = ? and ${column} = ?`, [
        again,
        id,
        sealed,
      ]);
    }
    const last = rows.at(-1);
    if (!last) return resealed;
    after = last.id;
  }
}
