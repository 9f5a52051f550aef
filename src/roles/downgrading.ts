import { downgrade, type Downgraded, type VersionedEvent } from '../deliver/downgrade';
import type { MaybePromise } from '../runtime/maybe-promise';
import type { Platform } from './platform';

/**
 * Carries events to the version that a subscription is pinned to, by the newest configuration heard of: a downgrade may
 * have been mended since the event was routed.
 */
export function makeDowngrade(
  { configs, catalog, expressions }: Pick<Platform, 'configs' | 'catalog' | 'expressions'>,
  persistently: Platform['persistently'],
): (event: VersionedEvent, pinned: number | null) => MaybePromise<Downgraded> {
  return (event, pinned) =>
    downgrade(
      {
        downgradesOf: ({ tenantId, type, version, configVersion }) =>
          persistently('deliver.downgrades', async () => {
            const newest = await configs.find(tenantId, configVersion);
            return catalog.downgradesOf({
              ...{ tenantId, type, version },
              configVersion: newest?.version ?? configVersion,
            });
          }),
        evaluate: (expression, input) => expressions.runJson({ tenantId: event.tenantId, expression, input }),
      },
      event,
      pinned,
    );
}
