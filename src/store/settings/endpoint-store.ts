import { And, In, IsNull, LessThan, LessThanOrEqual, Like, MoreThan, Not, type EntityManager } from 'typeorm';
import { newId } from '../../domain/ids';
import type { EndpointSecret, EndpointSettings, EndpointStatus } from '../../domain/nouns';
import { everyEventOf } from '../../domain/settings';
import type { Page, PageRequest } from '../../domain/page';
import type { Endpoint, EndpointChanges, NewEndpoint, TenantScope } from '../../domain/settings';
import type { KeyRing } from '../../runtime/key-ring';
import { changeConfig } from '../config/config-change';
import type { Database } from '../database';
import { EndpointRow } from '../entities/endpoint';
import { EndpointSecretRow } from '../entities/endpoint-secret';
import { WebhookSubscriptionRow } from '../entities/webhook-subscription';
import { readHealth } from './endpoint-health';
import { makeGateStore, type GateId } from '../gate/gate-store';
import { idBounds, readPage } from '../lists/page';
import {
  sealCredentials,
  sealedFor,
  toEndpoint as toEndpointOf,
  toSettings,
} from '../config/tenant-config-rows';

export interface EndpointToCreate {
  endpoint: NewEndpoint;
  secret: string;
  /** Also makes one subscription to these. */
  eventTypes?: readonly string[];
}

export function makeEndpointStore(database: Database, keyRing: KeyRing) {
  const rows = database.source.getRepository(EndpointRow);
  const gates = makeGateStore(database);
  const secretRows = database.source.getRepository(EndpointSecretRow);
  const within = (scope: TenantScope) => (scope === null ? {} : { tenantId: scope });

  function sealHeaders(tenantId: string, id: string, headers: Record<string, string>): Buffer | null {
    if (Object.keys(headers).length === 0) return null;
    return keyRing.seal(JSON.stringify(headers), sealedFor(tenantId, id, 'headers'));
  }

  const toEndpoint = (row: EndpointRow): Endpoint => toEndpointOf(row, keyRing);

  async function liveSecretRows(endpointIds: readonly string[], at: Date): Promise<EndpointSecretRow[]> {
    const live = { endpointId: In([...endpointIds]) };
    return secretRows.find({
      where: [
        { ...live, expiresAt: IsNull() },
        { ...live, expiresAt: MoreThan(at) },
      ],
      order: { id: 'DESC' },
    });
  }

  async function insertSecret(
    manager: EntityManager,
    owner: { tenantId: string; id: string },
    secret: string,
    at: Date,
  ) {
    const sealed = keyRing.seal(secret, sealedFor(owner.tenantId, owner.id, 'secret'));
    await manager.insert(EndpointSecretRow, { endpointId: owner.id, sealed, createdAt: at, expiresAt: null });
  }

  return {
    async find(scope: TenantScope, id: string): Promise<Endpoint | undefined> {
      const row = await rows.findOne({ where: { id, deletedAt: IsNull(), ...within(scope) } });
      return row ? toEndpoint(row) : undefined;
    },

    /** Deleted ones too: their deliveries stay on record for a while. */
    async byIds(scope: TenantScope, ids: readonly string[]): Promise<Endpoint[]> {
      return (await rows.find({ where: { id: In([...ids]), ...within(scope) } })).map(toEndpoint);
    },

    /** Those of `warren listen`. */
    countTunnels: (tenantId: string): Promise<number> =>
      rows.count({ where: { tenantId, url: Like('tunnel:%'), deletedAt: IsNull() } }),

    /** Tunnels that nobody has listened to since: held, or with nothing but failures. */
    forgottenTunnels: (since: Date): Promise<Pick<Endpoint, 'id' | 'tenantId'>[]> =>
      rows.find({
        select: { id: true, tenantId: true },
        where: [
          { url: Like('tunnel:%'), deletedAt: IsNull(), status: Not('ACTIVE'), updatedAt: LessThan(since) },
          { url: Like('tunnel:%'), deletedAt: IsNull(), failingSince: LessThan(since) },
        ],
        take: 100,
      }),

    /** What changed after one version of the tenant's configuration, up to another. Deleted ones too. */
    async changedBetween(tenantId: string, after: number, upTo: number): Promise<Endpoint[]> {
      const configVersion = And(MoreThan(after), LessThanOrEqual(upTo));
      const found = await rows.find({ where: { tenantId, configVersion }, order: { configVersion: 'ASC' } });
      return found.map(toEndpoint);
    },

    async list(scope: TenantScope, page: PageRequest): Promise<Page<Endpoint>> {
      const found = await readPage(page, (order, take) =>
        rows.find({
          where: { deletedAt: IsNull(), ...idBounds('endpoint', page), ...within(scope) },
          order: { id: order },
          take,
        }),
      );
      return { ...found, items: found.items.map(toEndpoint) };
    },

    count: (scope: TenantScope): Promise<number> =>
      rows.count({ where: { deletedAt: IsNull(), ...within(scope) } }),

    /** The secrets that sign at `at`, newest first, by endpoint. */
    async secretsOf(
      scope: TenantScope,
      ids: readonly string[],
      at: Date,
    ): Promise<Map<string, EndpointSecret[]>> {
      const owners = await rows.find({
        select: { id: true, tenantId: true },
        where: { id: In([...ids]), ...within(scope) },
      });
      const tenants = new Map(owners.map(({ id, tenantId }) => [id, tenantId]));
      const secrets = new Map<string, EndpointSecret[]>();
      for (const { endpointId, sealed, expiresAt } of await liveSecretRows([...tenants.keys()], at)) {
        const value = keyRing.open(sealed, sealedFor(tenants.get(endpointId) ?? '', endpointId, 'secret'));
        secrets.set(endpointId, [...(secrets.get(endpointId) ?? []), { value, expiresAt }]);
      }
      return secrets;
    },

    /** What the sender needs, for a request outside the pipeline. */
    async settingsOf(scope: TenantScope, id: string, at: Date): Promise<EndpointSettings | undefined> {
      const row = await rows.findOne({ where: { id, deletedAt: IsNull(), ...within(scope) } });
      return row ? toSettings(row, await liveSecretRows([id], at), keyRing) : undefined;
    },

    /** Undefined when the tenant is gone. */
    async create({ endpoint, secret, eventTypes }: EndpointToCreate, at: Date) {
      const { headers, credentials, ...rest } = endpoint;
      const { tenantId } = rest;
      const id = newId('endpoint');
      return changeConfig(database, tenantId, at, async (manager, configVersion) => {
        const stamps = { configVersion, createdAt: at, updatedAt: at, deletedAt: null };
        const sealed = {
          headersSealed: sealHeaders(tenantId, id, headers),
          credentialsSealed: sealCredentials(keyRing, { ...rest, id }, credentials),
        };
        const status = { status: 'ACTIVE', disabledReason: null, failingSince: null } as const;
        await manager.insert(EndpointRow, { ...rest, ...status, ...stamps, ...sealed, id });
        await insertSecret(manager, { tenantId, id }, secret, at);
        if (eventTypes) {
          const subscription = { id: newId('subscription'), tenantId, endpointId: id, enabled: true };
          await manager.insert(WebhookSubscriptionRow, {
            ...subscription,
            ...stamps,
            ...everyEventOf(eventTypes),
          });
        }
        return id;
      });
    },

    /** Undefined when the tenant is gone; `value` is false when the endpoint is. */
    async update(tenantId: string, id: string, changes: EndpointChanges, at: Date) {
      const { headers, credentials, ...plain } = changes;
      return changeConfig(database, tenantId, at, async (manager, configVersion) => {
        const sealed = {
          headersSealed: sealHeaders(tenantId, id, headers),
          ...(credentials === undefined
            ? {}
            : { credentialsSealed: sealCredentials(keyRing, { tenantId, id, url: plain.url }, credentials) }),
        };
        const where = { id, tenantId, deletedAt: IsNull() };
        const result = await manager.update(EndpointRow, where, {
          ...plain,
          ...sealed,
          configVersion,
          updatedAt: at,
        });
        return result.affected === 1;
      });
    },

    /** `value` is false when it is gone, or not in one of the states `from`. */
    async setStatus(
      tenantId: string,
      id: string,
      { from, to }: { from: readonly EndpointStatus[]; to: EndpointStatus },
      at: Date,
    ) {
      return changeConfig(database, tenantId, at, async (manager, configVersion) => {
        const where = { id, tenantId, deletedAt: IsNull(), status: In([...from]) };
        const cleared = to === 'ACTIVE' ? { disabledReason: null, failingSince: null } : {};
        const result = await manager.update(EndpointRow, where, {
          status: to,
          configVersion,
          updatedAt: at,
          ...cleared,
        });
        return result.affected === 1;
      });
    },

    resumeGate: (gate: GateId, drop: { olderThan: Date | null; superseded: boolean }) =>
      gates.resume(gate, drop),

    healthOf: (scope: TenantScope, ids: readonly string[]) => readHealth(database, scope, ids),

    /** Its subscriptions go with it. Undefined when the tenant is gone; `value` is false when the endpoint is. */
    async remove(tenantId: string, id: string, at: Date) {
      return changeConfig(database, tenantId, at, async (manager, configVersion) => {
        const gone = { deletedAt: at, updatedAt: at, configVersion };
        await manager.update(WebhookSubscriptionRow, { endpointId: id, tenantId, deletedAt: IsNull() }, gone);
        const result = await manager.update(EndpointRow, { id, tenantId, deletedAt: IsNull() }, gone);
        return result.affected === 1;
      });
    },

    /** The new secret signs from now on; those before it until `overlapUntil` at the latest. */
    async rotateSecret(tenantId: string, id: string, secret: string, overlapUntil: Date, at: Date) {
      return changeConfig(database, tenantId, at, async (manager, configVersion) => {
        const where = { id, tenantId, deletedAt: IsNull() };
        const touched = await manager.update(EndpointRow, where, { configVersion, updatedAt: at });
        if (touched.affected !== 1) return false;
        const theirs = { endpointId: id };
        await manager.update(
          EndpointSecretRow,
          { ...theirs, expiresAt: IsNull() },
          { expiresAt: overlapUntil },
        );
        await manager.update(
          EndpointSecretRow,
          { ...theirs, expiresAt: MoreThan(overlapUntil) },
          { expiresAt: overlapUntil },
        );
        await insertSecret(manager, { tenantId, id }, secret, at);
        return true;
      });
    },
  };
}
