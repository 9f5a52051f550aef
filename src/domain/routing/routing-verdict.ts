import { lacksInWords } from '../schema/catalog';
import { STEPS_OF_A_FILTER, compilePattern, type CompiledPattern } from '../event-pattern/compile-pattern';
import { briefly, explainBriefly } from '../event-pattern/explain-briefly';
import { isPieceOver, type Budget, type InPieces } from '../pieces';
import type { EndpointStatus } from '../nouns';
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
export function* verdictsOf(
  facts: RoutingFacts,
  type: string,
  event: () => object,
): InPieces<RoutingVerdict[]> {
  const lacking = facts.lackedScope === null ? undefined : lacksInWords(type, facts.lackedScope);
  const budget = briefly();
  const verdicts: RoutingVerdict[] = [];
  for (const { id, state, subscriptions } of facts.endpoints) {
    const none = (reason: string) =>
      verdicts.push({ endpointId: id, subscriptionId: null, matched: false, reason });
    if (!state) none('endpoint created after the event');
    else if (state.deleted) none('endpoint deleted before the event');
    else if (subscriptions.length === 0) none('the endpoint had no subscription');
    else
      for (const subscription of subscriptions) {
        const why = yield* whyNot(subscription.state, { type, lacking, event, budget });
        const reason = why ?? `matched${heldBecause(state)}`;
        verdicts.push({
          endpointId: id,
          subscriptionId: subscription.id,
          matched: why === undefined,
          reason,
        });
      }
  }
  return verdicts;
}

interface Asked {
  type: string;
  /** Why nobody got it, who had subscribed to its type. */
  lacking: string | undefined;
  event: () => object;
  budget: Budget;
}

function* whyNot(
  state: SubscriptionState | undefined,
  { type, lacking, event, budget }: Asked,
): InPieces<string | undefined> {
  if (!state) return 'subscription created after the event';
  const { eventTypes, filter, enabled } = state;
  if (!enabled) return 'subscription disabled';
  if (!matchesAny(eventTypes, type)) return `type ${type} does not match ${eventTypes.join(', ')}`;
  if (lacking !== undefined || filter === null) return lacking;
  const compiled = yield* compiledOnce(filter);
  if (!compiled.ok) return `the filter cannot be read: ${compiled.path.join('.')} ${compiled.reason}`;
  const misfit = yield* explainBriefly(budget, compiled.pattern, event());
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

function* compiledOnce(filter: object): InPieces<CompiledPattern> {
  let compiled = compiledFilters.get(filter);
  if (compiled) return compiled;
  compiledFilters.set(filter, (compiled = compilePattern(filter)));
  if (isPieceOver(STEPS_OF_A_FILTER)) yield;
  return compiled;
}
