import { In, MoreThan } from 'typeorm';
import { encodeId, idBytes, newId } from '../../domain/ids';
import type { Inspector, InspectorChanges, InspectorSettings, NewInspector } from '../../domain/inspector';
import type { Page, PageRequest } from '../../domain/page';
import type { TenantScope } from '../../domain/settings';
import type { KeyRing } from '../../runtime/key-ring';
import type { Database } from '../database';
import { InspectorRow } from '../entities/inspector';
import { idBounds, readPage } from '../lists/page';
import { sealedFor } from '../config/tenant-config-rows';

type Owner = Pick<Inspector, 'tenantId' | 'id'>;

/** Secrets of so many endpoints are tried at most. */
const ENDPOINTS_AT_ONE = 10;

/** Throw-away receivers. One that has expired is not found; housekeeping takes it away. */
export function makeInspectorStore(database: Database, keyRing: KeyRing, now: () => Date = () => new Date()) {
  const rows = database.source.getRepository(InspectorRow);
  const within = (scope: TenantScope) => (scope === null ? {} : { tenantId: scope });
  const there = (scope: TenantScope) => ({ expiresAt: MoreThan(now()), ...within(scope) });
  const boundTo = ({ tenantId, id }: Owner): string => sealedFor(tenantId, id, 'secret');
  const seal = (owner: Owner, secret: string | null): Buffer | null =>
    secret === null ? null : keyRing.seal(secret, boundTo(owner));

  return {
    async find(scope: TenantScope, id: string): Promise<Inspector | undefined> {
      const row = await rows.findOne({ where: { id, ...there(scope) } });
      return row ? toInspector(row) : undefined;
    },

    async byIds(scope: TenantScope, ids: readonly string[]): Promise<Inspector[]> {
      return (await rows.find({ where: { id: In([...ids]), ...there(scope) } })).map(toInspector);
    },

    async list(scope: TenantScope, page: PageRequest): Promise<Page<Inspector>> {
      const found = await readPage(page, (order, take) =>
        rows.find({ where: { ...idBounds('inspector', page), ...there(scope) }, order: { id: order }, take }),
      );
      return { ...found, items: found.items.map(toInspector) };
    },

    count: (scope: TenantScope): Promise<number> => rows.count({ where: there(scope) }),

    /** For a request that says whose it is by its address alone. */
    async settingsOf(token: string): Promise<InspectorSettings | undefined> {
      const row = await rows.findOne({ where: { token, ...there(null) } });
      if (!row) return undefined;
      const secret = row.secretSealed && keyRing.open(row.secretSealed, boundTo(row));
      return { ...toInspector(row), secret };
    },

    /** The live secrets of the tenant's endpoints whose URL begins like this. */
    async secretsOfEndpointsAt(tenantId: string, url: string): Promise<string[]> {
      const found = await database.rows<{ endpoint_id: Buffer; sealed: Buffer }>(
        `select s.endpoint_id, s.sealed from
           (select id from endpoints where tenant_id = ? and url like ? escape '|' and deleted_at is null limit ?) e
           join endpoint_secrets s on s.endpoint_id = e.id
         where s.expires_at is null or s.expires_at > ?`,
        [idBytes('tenant', tenantId), `${url.replace(/[|%_]/g, '|$&')}%`, ENDPOINTS_AT_ONE, now()],
      );
      return found.map(({ endpoint_id, sealed }) =>
        keyRing.open(sealed, sealedFor(tenantId, encodeId('endpoint', endpoint_id), 'secret')),
      );
    },

    /** True for as many requests as are to fail, over all processes. */
    async takeFailure(id: string): Promise<boolean> {
      const taken = await database.write(
        'update inspectors set failures_left = failures_left - 1 where id = ? and failures_left > 0',
        [idBytes('inspector', id)],
      );
      return taken === 1;
    },

    async create({ secret, answer, ...inspector }: NewInspector): Promise<Inspector> {
      const at = now();
      const owner = { tenantId: inspector.tenantId, id: newId('inspector') };
      const row = rows.create({
        ...inspector,
        ...owner,
        ...columnsOf(answer),
        createdAt: at,
        updatedAt: at,
        secretSealed: seal(owner, secret),
      });
      await rows.insert(row);
      return toInspector(row);
    },

    /** False when it is gone. */
    async update(owner: Owner, { secret, answer = {}, ...changes }: InspectorChanges): Promise<boolean> {
      const result = await rows.update(
        { id: owner.id, ...there(owner.tenantId) },
        {
          ...changes,
          ...columnsOf(answer),
          ...(secret === undefined ? {} : { secretSealed: seal(owner, secret) }),
          updatedAt: now(),
        },
      );
      return result.affected === 1;
    },

    /** With what it has kept. False when it was gone before. */
    async remove({ tenantId, id }: Owner): Promise<boolean> {
      const result = await rows.delete({ id, tenantId });
      if (result.affected !== 1) return false;
      await database.write('delete from inspected_requests where inspector_id = ?', [
        idBytes('inspector', id),
      ]);
      return true;
    },
  };
}

/** Names of TypeORM's, of what is given. */
function columnsOf({ status, delayMs, body, failuresLeft }: Partial<Inspector['answer']>) {
  return {
    ...(status === undefined ? {} : { answerStatus: status }),
    ...(delayMs === undefined ? {} : { answerDelayMs: delayMs }),
    ...(body === undefined ? {} : { answerBody: body }),
    ...(failuresLeft === undefined ? {} : { failuresLeft }),
  };
}

function toInspector(row: InspectorRow): Inspector {
  const { id, tenantId, name, token, createdAt, updatedAt, expiresAt, failuresLeft } = row;
  const { answerStatus: status, answerDelayMs: delayMs, answerBody: body } = row;
  const answer = { status, delayMs, body, failuresLeft };
  return {
    id,
    tenantId,
    name,
    token,
    answer,
    createdAt,
    updatedAt,
    expiresAt,
    hasSecret: row.secretSealed !== null,
  };
}
