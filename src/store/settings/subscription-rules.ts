import { In, IsNull, MoreThan, Not } from 'typeorm';
import type { SubscriptionRules } from '../../domain/nouns';
import type { TenantScope } from '../../domain/settings';
import { TopicIndex } from '../../domain/routing/topic-pattern';
import type { Database } from '../database';
import { WebhookSubscriptionRow } from '../entities/webhook-subscription';
import { rulesOf } from '../config/tenant-config-rows';

export type RuledSubscription = SubscriptionRules & { id: string };

const PER_PAGE = 1000;
const MAX_PAGES = 10;
/** What may make a subscription care for what an event looks like. */
const RULES = ['version', 'filter', 'transform', 'includeFields'] as const;

/**
 * The subscriptions to a type that ask for more than the type, oldest first; of the scope's tenant, or (null) of all. For
 * warnings when the catalog changes: looks at ten thousand of them at most.
 */
export async function readRuledSubscriptions(
  database: Database,
  scope: TenantScope,
  type: string,
): Promise<RuledSubscription[]> {
  const rows = database.source.getRepository(WebhookSubscriptionRow);
  const index = new TopicIndex<RuledSubscription>();
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const common = {
      deletedAt: IsNull(),
      ...(scope === null ? {} : { tenantId: In([scope]) }),
      ...(after === undefined ? {} : { id: MoreThan(after) }),
    };
    const found = await rows.find({
      where: RULES.map((rule) => ({ ...common, [rule]: Not(IsNull()) })),
      order: { id: 'ASC' },
      take: PER_PAGE,
    });
    for (const row of found) {
      const subscription = { id: row.id, ...rulesOf(row) };
      for (const pattern of subscription.eventTypes) index.add(pattern, subscription);
    }
    after = found.at(-1)?.id;
    if (found.length < PER_PAGE) break;
  }
  return [...index.match(type)].sort((a, b) => (a.id < b.id ? -1 : 1));
}
