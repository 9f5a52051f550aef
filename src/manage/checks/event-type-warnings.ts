import type { CatalogVersion } from '../../domain/schema/catalog';
import type { SubscriptionRules } from '../../domain/nouns';
import type { InPieces } from '../../domain/pieces';
import { diffSchemas } from '../../domain/schema/schema-diff';
import { readsField } from '../../domain/routing/subscription-reads';
import type { MaybePromise } from '../../runtime/maybe-promise';

export type RuledSubscription = SubscriptionRules & { id: string };

/** As many ids as fit into a sentence. */
const NAMED = 20;

/**
 * What somebody may break on when `saved` takes the place of `base` (what this version was before, or the version before
 * it), in sentences that begin with a code.
 */
export async function warningsOf(
  inTurns: <T>(work: InPieces<T>) => MaybePromise<T>,
  base: CatalogVersion | undefined,
  saved: CatalogVersion,
  readSubscriptions: () => Promise<RuledSubscription[]>,
): Promise<string[]> {
  const changes =
    base?.schema === undefined || saved.schema === undefined
      ? []
      : await inTurns(diffSchemas(base.schema, saved.schema));
  const isStranding = saved.version > 1 && saved.downgrade === null;
  if (changes.length === 0 && !isStranding) return [];
  const subscriptions = await readSubscriptions();
  // Who is pinned to an older version gets that, by way of the downgrade.
  const affected = subscriptions.filter(({ version }) => version === null || version >= saved.version);
  const stranded = subscriptions.filter(({ version }) => version !== null && version < saved.version);
  return [
    ...changes.map(({ code, place, detail, path, breaks }) => {
      const readers = breaks === 'readers' ? affected.filter((one) => readsField(one, path)) : [];
      return `${code} ${place}: ${detail}${readers.length > 0 ? `; read by ${named(readers)}` : ''}`;
    }),
    ...(isStranding && stranded.length > 0
      ? [
          `DOWNGRADE_MISSING version ${saved.version}: what is published under it cannot reach ${named(stranded)}, ` +
            'pinned to an older version',
        ]
      : []),
  ];
}

function named(subscriptions: readonly RuledSubscription[]): string {
  const ids = subscriptions.slice(0, NAMED).map(({ id }) => id);
  const more = subscriptions.length - ids.length;
  return more > 0 ? `${ids.join(', ')} and ${more} more` : ids.join(', ');
}
