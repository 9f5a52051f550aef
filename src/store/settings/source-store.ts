import { In, IsNull, MoreThan, type EntityManager } from 'typeorm';
import { newId } from '../../domain/ids';
import type { Page, PageRequest } from '../../domain/page';
import type { TenantScope } from '../../domain/settings';
import type { NewSource, Source, SourceChanges, SourceRefusal, SourceSettings } from '../../domain/source';
import type { KeyRing } from '../../runtime/key-ring';
import type { Database } from '../database';
import { SourceRow } from '../entities/source';
import { SourceSecretRow } from '../entities/source-secret';
import { idBounds, readPage } from '../lists/page';
import { sealedFor } from '../config/tenant-config-rows';

const boundTo = ({ tenantId, id }: Pick<Source, 'tenantId' | 'id'>): string =>
  sealedFor(tenantId, id, 'signing-secret');

/** Sources are no part of what routing caches: a change holds from the next request on, in every process. */
export function makeSourceStore(database: Database, keyRing: KeyRing) {
  const rows = database.source.getRepository(SourceRow);
  const secretRows = database.source.getRepository(SourceSecretRow);
  const within = (scope: TenantScope) => (scope === null ? {} : { tenantId: scope });

  /** Of each source, newest first. */
  async function secretsOf(
    sources: readonly Pick<Source, 'tenantId' | 'id'>[],
    at: Date,
  ): Promise<Map<string, string[]>> {
    const owners = new Map(sources.map((source) => [source.id, { source, secrets: [] as string[] }]));
    const theirs = { sourceId: In([...owners.keys()]) };
    const found = await secretRows.find({
      where: [
        { ...theirs, expiresAt: IsNull() },
        { ...theirs, expiresAt: MoreThan(at) },
      ],
      order: { id: 'DESC' },
    });
    for (const { sourceId, sealed } of found) {
      const owner = owners.get(sourceId);
      owner?.secrets.push(keyRing.open(sealed, boundTo(owner.source)));
    }
    return new Map([...owners].map(([id, { secrets }]) => [id, secrets]));
  }

  async function addSecret(
    manager: EntityManager,
    source: Pick<Source, 'tenantId' | 'id'>,
    secret: string,
    at: Date,
  ): Promise<void> {
    const sealed = keyRing.seal(secret, boundTo(source));
    await manager.insert(SourceSecretRow, { sourceId: source.id, sealed, createdAt: at, expiresAt: null });
  }

  return {
    async find(scope: TenantScope, id: string): Promise<Source | undefined> {
      const row = await rows.findOne({ where: { id, deletedAt: IsNull(), ...within(scope) } });
      return row ? toSource(row) : undefined;
    },

    async byIds(scope: TenantScope, ids: readonly string[]): Promise<Source[]> {
      const where = { id: In([...ids]), deletedAt: IsNull(), ...within(scope) };
      return (await rows.find({ where })).map(toSource);
    },

    async list(scope: TenantScope, page: PageRequest): Promise<Page<Source>> {
      const found = await readPage(page, (order, take) =>
        rows.find({
          where: { deletedAt: IsNull(), ...idBounds('source', page), ...within(scope) },
          order: { id: order },
          take,
        }),
      );
      return { ...found, items: found.items.map(toSource) };
    },

    count: (scope: TenantScope): Promise<number> =>
      rows.count({ where: { deletedAt: IsNull(), ...within(scope) } }),

    /** For requests that say whose they are by their address alone; undefined for an id that there is not. Two statements. */
    async settingsOf(ids: readonly string[], at: Date): Promise<(SourceSettings | undefined)[]> {
      const found = await rows.find({ where: { id: In([...ids]), deletedAt: IsNull() } });
      const secrets = await secretsOf(found, at);
      const settings = new Map(
        found.map((row) => [row.id, { ...toSource(row), secrets: secrets.get(row.id) ?? [] }]),
      );
      return ids.map((id) => settings.get(id));
    },

    async liveSecrets(source: Pick<Source, 'tenantId' | 'id'>, at: Date): Promise<string[]> {
      return (await secretsOf([source], at)).get(source.id) ?? [];
    },

    /** Until when the last of a source's old secrets is good at `at`, by source; nothing where none is. */
    async oldSecretsUntil(scope: TenantScope, ids: readonly string[], at: Date): Promise<Map<string, Date>> {
      const owned = await rows.find({
        select: { id: true },
        where: { id: In([...ids]), deletedAt: IsNull(), ...within(scope) },
      });
      const old = await secretRows.find({
        select: { sourceId: true, expiresAt: true },
        where: { sourceId: In(owned.map(({ id }) => id)), expiresAt: MoreThan(at) },
        order: { expiresAt: 'ASC' },
      });
      return new Map(old.flatMap(({ sourceId, expiresAt }) => (expiresAt ? [[sourceId, expiresAt]] : [])));
    },

    async create(source: NewSource, secret: string, at: Date): Promise<Source> {
      const row = { ...source, id: newId('source'), enabled: true, createdAt: at, updatedAt: at };
      const unused = { lastReceivedAt: null, lastRefusedAt: null, lastRefusal: null };
      await database.source.transaction(async (manager) => {
        await manager.insert(SourceRow, { ...row, ...unused, deletedAt: null });
        await addSecret(manager, row, secret, at);
      });
      return { ...row, ...unused };
    },

    /** False when it is gone. */
    async update(tenantId: string, id: string, changes: SourceChanges, at: Date): Promise<boolean> {
      const result = await rows.update({ id, tenantId, deletedAt: IsNull() }, { ...changes, updatedAt: at });
      return result.affected === 1;
    },

    /** The new secret counts from now on, those before it until `overlapUntil` at the latest. False when it is gone. */
    async rotateSecret(
      source: Pick<Source, 'tenantId' | 'id'>,
      secret: string,
      overlapUntil: Date,
      at: Date,
    ): Promise<boolean> {
      const { tenantId, id } = source;
      return database.source.transaction(async (manager) => {
        const where = { id, tenantId, deletedAt: IsNull() };
        const touched = await manager.update(SourceRow, where, { updatedAt: at });
        if (touched.affected !== 1) return false;
        const ends = { expiresAt: overlapUntil };
        await manager.update(SourceSecretRow, { sourceId: id, expiresAt: IsNull() }, ends);
        await manager.update(SourceSecretRow, { sourceId: id, expiresAt: MoreThan(overlapUntil) }, ends);
        await addSecret(manager, source, secret, at);
        return true;
      });
    },

    /** Its secrets are gone for good. False when it was gone before. */
    async remove(tenantId: string, id: string, at: Date): Promise<boolean> {
      return database.source.transaction(async (manager) => {
        const gone = { deletedAt: at, updatedAt: at };
        const result = await manager.update(SourceRow, { id, tenantId, deletedAt: IsNull() }, gone);
        if (result.affected !== 1) return false;
        await manager.delete(SourceSecretRow, { sourceId: id });
        return true;
      });
    },

    async noteReceived(id: string, at: Date): Promise<void> {
      await rows.update({ id }, { lastReceivedAt: at });
    },

    async noteRefused(id: string, at: Date, reason: SourceRefusal): Promise<void> {
      await rows.update({ id }, { lastRefusedAt: at, lastRefusal: reason });
    },
  };
}

function toSource(row: SourceRow): Source {
  const { id, tenantId, name, provider, eventTypePrefix, enabled } = row;
  const { lastReceivedAt, lastRefusedAt, lastRefusal, createdAt, updatedAt } = row;
  return {
    id,
    tenantId,
    name,
    provider,
    eventTypePrefix,
    enabled,
    lastReceivedAt,
    lastRefusedAt,
    lastRefusal,
    createdAt,
    updatedAt,
  };
}
