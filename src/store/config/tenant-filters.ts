import {
  STEPS_OF_A_FILTER,
  compilePattern,
  type EventPattern,
} from '../../domain/event-pattern/compile-pattern';
import type { SubscriberIndex } from '../../domain/event-pattern/subscriber-index';
import { isPieceOver, type InPieces } from '../../domain/pieces';
import type { SubscriptionSettings } from '../../domain/nouns';
import type { ChangedRow } from './tenant-config-rows';

/** A stored filter that cannot be read matches nothing. The API lets none such in. */
export type OnBadFilter = (subscriptionId: string, reason: string) => void;

export type Filters = ReadonlyMap<SubscriptionSettings, EventPattern | 'bad'>;

export function* compileFilters(
  changes: readonly ChangedRow<SubscriptionSettings>[],
  onBadFilter: OnBadFilter,
): InPieces<Filters> {
  const filters = new Map<SubscriptionSettings, EventPattern | 'bad'>();
  for (const { settings } of changes) {
    if (!settings?.filter) continue;
    const compiled = compilePattern(settings.filter);
    if (!compiled.ok) onBadFilter(settings.id, `${compiled.path.join('.')} ${compiled.reason}`);
    filters.set(settings, compiled.ok ? compiled.pattern : 'bad');
    if (isPieceOver(STEPS_OF_A_FILTER)) yield;
  }
  return filters;
}

export function* applySubscriptions(
  config: Subscribed,
  changes: readonly ChangedRow<SubscriptionSettings>[],
  filters: Filters,
): InPieces<void> {
  for (const change of changes) {
    applySubscription(config, change, filters);
    if (isPieceOver(STEPS_OF_A_FILTER)) yield;
  }
}

function applySubscription(
  config: Subscribed,
  { id, settings }: ChangedRow<SubscriptionSettings>,
  filters: Filters,
): void {
  const before = config.subscriptions.get(id);
  if (before) config.subscribers.remove(before.eventTypes, before);
  config.subscriptions.delete(id);
  if (!settings) return;
  config.subscriptions.set(id, settings);
  const pattern = filters.get(settings);
  if (settings.enabled && pattern !== 'bad') {
    config.subscribers.add({ topics: settings.eventTypes, pattern }, settings);
  }
}

interface Subscribed {
  subscriptions: Map<string, SubscriptionSettings>;
  subscribers: SubscriberIndex<SubscriptionSettings>;
}
