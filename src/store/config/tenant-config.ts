import { SubscriberIndex, type Found } from '../../domain/event-pattern/subscriber-index';
import type { EndpointSettings, SubscriptionSettings } from '../../domain/nouns';
import type { InPieces, IsTooLate } from '../../domain/pieces';

/** A tenant's endpoints and subscriptions in memory, as of one version of its configuration. */
export interface TenantConfig {
  readonly tenantId: string;
  readonly slug: string;
  readonly version: number;
  /** CIDRs that its URLs may reach besides those of the deployment. */
  readonly allowedNetworks: readonly string[];
  readonly endpoints: ReadonlyMap<string, EndpointSettings>;
  readonly subscriptions: ReadonlyMap<string, SubscriptionSettings>;
  /**
   * Every enabled subscription whose patterns match the type and whose filter matches the event, each once. `event` is
   * asked for only when a filter has to see it, and so is `isTooLate`.
   */
  subscribersOf(
    type: string,
    event: () => object,
    isTooLate?: IsTooLate,
  ): InPieces<Found<SubscriptionSettings>>;
  /** Whether the subscription's filter as it is now matches; false when it is gone or not enabled. */
  wants(subscriptionId: string, event: object): InPieces<boolean>;
}

export interface MutableConfig extends TenantConfig {
  version: number;
  allowedNetworks: readonly string[];
  endpoints: Map<string, EndpointSettings>;
  subscriptions: Map<string, SubscriptionSettings>;
  subscribers: SubscriberIndex<SubscriptionSettings>;
  /** How many events are being matched, and who waits until none is. */
  matching: number;
  whenMatched: (() => void)[];
  /** No event more begins to be matched: who has many of them half matched all the time would else never change. */
  isChanging: boolean;
}

export function emptyConfig(tenantId: string, slug: string): MutableConfig {
  const subscribers = new SubscriberIndex<SubscriptionSettings>();
  return {
    tenantId,
    slug,
    version: 0,
    allowedNetworks: [],
    endpoints: new Map(),
    subscriptions: new Map(),
    subscribers,
    matching: 0,
    whenMatched: [],
    isChanging: false,
    subscribersOf(type, event, isTooLate) {
      return standingStill(this, subscribers.find(type, event, isTooLate));
    },
    wants(subscriptionId, event) {
      return standingStill(this, wanted(this, subscriptionId, event));
    },
  };
}

/** What is matched goes on with the configuration that it began with. */
function* standingStill<T>(config: MutableConfig, work: InPieces<T>): InPieces<T> {
  while (config.isChanging) yield;

  config.matching++;
  try {
    return yield* work;
  } finally {
    config.matching--;
    if (config.matching === 0) for (const go of config.whenMatched.splice(0)) go();
  }
}

function* wanted(
  { subscriptions, subscribers }: MutableConfig,
  subscriptionId: string,
  event: object,
): InPieces<boolean> {
  const subscription = subscriptions.get(subscriptionId);
  return (
    subscription !== undefined && (yield* subscribers.wants(subscription.eventTypes, subscription, event))
  );
}
