import { lacksInWords } from './catalog';
import { compilePattern, type CompiledPattern } from './event-pattern/compile-pattern';
import type { EndpointStatus } from './nouns';
import { TopicIndex } from './topic-pattern';

/** Why an endpoint did or did not get an event, by the configuration that routed it. */
export interface RoutingVerdict {
  endpointId: string;
  subscriptionId: string | null;
  matched: boolean;
  reason: string;
}

/** A tenant's endpoints as they stood when an event was routed; `state` is undefined for what came later. */
export interface RoutingFacts {
  /** The scope that kept the event from everybody. */
  lackedScope: string | null;
  endpoints: readonly EndpointFacts[];
}

export interface EndpointFacts {
  id: string;
  state: { status: EndpointStatus; statusSince: Date; deleted: boolean } | undefined;
  subscriptions: readonly SubscriptionFacts[];
}

export interface SubscriptionFacts {
  id: string;
  state: SubscriptionState | undefined;
}

export interface SubscriptionState {
  eventTypes: readonly string[];
  filter: object | null;
  enabled: boolean;
}

/** `event` is asked for only when a filter has to see it. */
export function verdictsOf(facts: RoutingFacts, type: string, event: () => object): RoutingVerdict[] {
  const lacking = facts.lackedScope === null ? undefined : lacksInWords(type, facts.lackedScope);
  return facts.endpoints.flatMap(({ id, state, subscriptions }): RoutingVerdict[] => {
    const none = (reason: string) => [{ endpointId: id, subscriptionId: null, matched: false, reason }];
    if (!state) return none('endpoint created after the event');
    if (state.deleted) return none('endpoint deleted before the event');
    if (subscriptions.length === 0) return none('the endpoint had no subscription');
    return subscriptions.map((subscription) => {
      const why = whyNot(subscription.state, type, lacking, event);
      const reason = why ?? `matched${heldBecause(state)}`;
      return { endpointId: id, subscriptionId: subscription.id, matched: why === undefined, reason };
    });
  });
}

/** @param lacking why nobody got it, who had subscribed to its type */
function whyNot(
  state: SubscriptionState | undefined,
  type: string,
  lacking: string | undefined,
  event: () => object,
): string | undefined {
  if (!state) return 'subscription created after the event';
  const { eventTypes, filter, enabled } = state;
  if (!enabled) return 'subscription disabled';
  if (!matchesAny(eventTypes, type)) return `type ${type} does not match ${eventTypes.join(', ')}`;
  if (lacking !== undefined || filter === null) return lacking;
  const compiled = compiledOnce(filter);
  if (!compiled.ok) return `the filter cannot be read: ${compiled.path.join('.')} ${compiled.reason}`;
  const misfit = compiled.pattern.explain(event());
  return misfit === undefined ? undefined : `filter: ${misfit}`;
}

function heldBecause({ status, statusSince }: { status: EndpointStatus; statusSince: Date }): string {
  if (status === 'ACTIVE') return '';
  return `, and held: endpoint ${status.toLowerCase()} since ${statusSince.toISOString()}`;
}

function matchesAny(patterns: readonly string[], type: string): boolean {
  const topics = new TopicIndex<true>();
  for (const pattern of patterns) topics.add(pattern, true);
  return topics.match(type).size > 0;
}

/** Many events may be asked about at once, and most were routed by the same filters. */
const compiledFilters = new WeakMap<object, CompiledPattern>();

function compiledOnce(filter: object): CompiledPattern {
  let compiled = compiledFilters.get(filter);
  if (!compiled) compiledFilters.set(filter, (compiled = compilePattern(filter)));
  return compiled;
}
