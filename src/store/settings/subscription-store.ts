import { In, IsNull } from 'typeorm';
import { newId } from '../../domain/ids';
import { LIMITS } from '../../domain/limits';
import type { SubscriptionRules } from '../../domain/nouns';
import type { Page, PageRequest } from '../../domain/page';
import type { TenantScope, WebhookSubscription, WebhookSubscriptionChanges } from '../../domain/settings';
import { changeConfig } from '../config/config-change';
import { makeSql, type Database } from '../database';
import { EndpointRow } from '../entities/endpoint';
import { WebhookSubscriptionRow } from '../entities/webhook-subscription';
import { idBounds, readPage } from '../lists/page';
import { insertReplay, type NewReplay } from '../replays/replay-store';
import { readRuledSubscriptions } from './subscription-rules';
import { rulesOf } from '../config/tenant-config-rows';

/** How an insert ended: the new id, or why there is none. */
export type SubscriptionInsert =
  | { kind: 'created'; id: string; replayId?: string }
  | { kind: 'no-endpoint' }
  | { kind: 'full' }
  /** As many replays as there may be are running: no backfill now. */
  | { kind: 'busy' };

export interface Backfill {
  since: Date;
  total: number;
  requestedBy: string | null;
}

export function makeSubscriptionStore(database: Database) {
  const rows = database.source.getRepository(WebhookSubscriptionRow);
  const within = (scope: TenantScope) => (scope === null ? {} : { tenantId: scope });
  const at = (endpointId: string | undefined) => (endpointId === undefined ? {} : { endpointId });

  return {
    async find(scope: TenantScope, id: string): Promise<WebhookSubscription | undefined> {
      const row = await rows.findOne({ where: { id, deletedAt: IsNull(), ...within(scope) } });
      return row ? toSubscription(row) : undefined;
    },

    async byIds(scope: TenantScope, ids: readonly string[]): Promise<WebhookSubscription[]> {
      const found = await rows.find({ where: { id: In([...ids]), deletedAt: IsNull(), ...within(scope) } });
      return found.map(toSubscription);
    },

    /** Newest first. */
    async ofEndpoints(scope: TenantScope, endpointIds: readonly string[]): Promise<WebhookSubscription[]> {
      const found = await rows.find({
        where: { endpointId: In([...endpointIds]), deletedAt: IsNull(), ...within(scope) },
        order: { id: 'DESC' },
      });
      return found.map(toSubscription);
    },

    async list(
      scope: TenantScope,
      endpointId: string | undefined,
      page: PageRequest,
    ): Promise<Page<WebhookSubscription>> {
      const found = await readPage(page, (order, take) =>
        rows.find({
          where: {
            deletedAt: IsNull(),
            ...idBounds('subscription', page),
            ...at(endpointId),
            ...within(scope),
          },
          order: { id: order },
          take,
        }),
      );
      return { ...found, items: found.items.map(toSubscription) };
    },

    count: (scope: TenantScope, endpointId: string | undefined): Promise<number> =>
      rows.count({ where: { deletedAt: IsNull(), ...at(endpointId), ...within(scope) } }),

    ruled: (scope: TenantScope, type: string) => readRuledSubscriptions(database, scope, type),

    /** Undefined when the tenant is gone. The tenant's row is locked meanwhile, so the limit cannot be outrun. */
    async create(
      tenantId: string,
      endpointId: string,
      rules: SubscriptionRules,
      now: Date,
      backfill?: Backfill,
    ) {
      return changeConfig(
        database,
        tenantId,
        now,
        async (manager, configVersion): Promise<SubscriptionInsert> => {
          const owned = { tenantId, deletedAt: IsNull() };
          if (!(await manager.existsBy(EndpointRow, { id: endpointId, ...owned })))
            return { kind: 'no-endpoint' };
          const present = await manager.countBy(WebhookSubscriptionRow, { endpointId, ...owned });
          if (present >= LIMITS.subscriptionsPerEndpoint) return { kind: 'full' };
          const id = newId('subscription');
          const job = backfill && backfillOf({ tenantId, endpointId, subscriptionId: id }, backfill);
          const replay = job && (await insertReplay(makeSql(manager), job, configVersion, now));
          if (replay && replay.kind !== 'created') return { kind: 'busy' };
          const stamps = { configVersion, createdAt: now, updatedAt: now, deletedAt: null };
          const row = { id, tenantId, endpointId, enabled: true, ...rules, ...stamps };
          await manager.insert(WebhookSubscriptionRow, row);
          return { kind: 'created', id, ...(replay ? { replayId: replay.id } : {}) };
        },
      );
    },

    /** Undefined when the tenant is gone; `value` is false when the subscription is. */
    async update(tenantId: string, id: string, changes: WebhookSubscriptionChanges, now: Date) {
      return changeConfig(database, tenantId, now, async (manager, configVersion) => {
        const where = { id, tenantId, deletedAt: IsNull() };
        const row = { ...changes, configVersion, updatedAt: now };
        const result = await manager.update(WebhookSubscriptionRow, where, row);
        return result.affected === 1;
      });
    },

    /** Undefined when the tenant is gone; `value` is false when the subscription is. */
    async remove(tenantId: string, id: string, now: Date) {
      return changeConfig(database, tenantId, now, async (manager, configVersion) => {
        const where = { id, tenantId, deletedAt: IsNull() };
        const gone = { deletedAt: now, updatedAt: now, configVersion };
        return (await manager.update(WebhookSubscriptionRow, where, gone)).affected === 1;
      });
    },
  };
}

function backfillOf(
  { tenantId, endpointId, subscriptionId }: { tenantId: string; endpointId: string; subscriptionId: string },
  { since, total, requestedBy }: Backfill,
): NewReplay {
  const selection = { endpointId, subscriptionId, since };
  return { tenantId, selection, backfills: true, onlyMissing: true, total, requestedBy };
}

function toSubscription(row: WebhookSubscriptionRow): WebhookSubscription {
  const { id, tenantId, endpointId, enabled, createdAt, updatedAt } = row;
  return { id, tenantId, endpointId, ...rulesOf(row), enabled, createdAt, updatedAt };
}
