import { compactJson } from '../parts/values/pretty-json';
import type { Subscription } from './endpoint-detail';
import { wordsOf } from './endpoint-values';

/** What the form holds: text, as people write it. */
export interface SubscriptionValues {
  eventTypes: string;
  filter: string;
  includeFields: string;
  transform: string;
  version: string;
}

export type Rules = ReturnType<typeof rulesOf>['rules'];

/** What the API takes, and what keeps the filter from being JSON. */
export function rulesOf(values: SubscriptionValues) {
  const fields = wordsOf(values.includeFields);
  let filter: unknown = null;
  let filterFault: string | null = null;
  try {
    filter = values.filter.trim() === '' ? null : (JSON.parse(values.filter) as unknown);
  } catch (error) {
    filterFault = error instanceof Error ? error.message : 'This is no JSON';
  }
  const rules = {
    eventTypes: wordsOf(values.eventTypes),
    filter,
    includeFields: fields.length > 0 ? fields : null,
    transform: values.transform.trim() || null,
    version: values.version.trim() === '' ? null : Number(values.version),
  };
  return { rules, filterFault };
}

export function valuesOf(subscription: Subscription | null): SubscriptionValues {
  const filter = subscription?.filter ?? null;
  return {
    eventTypes: subscription?.eventTypes.join(', ') ?? '',
    filter: filter === null ? '' : compactJson(filter),
    includeFields: subscription?.includeFields?.join(', ') ?? '',
    transform: subscription?.transform ?? '',
    version: subscription?.version?.toString() ?? '',
  };
}
