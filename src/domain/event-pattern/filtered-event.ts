import type { WarrenEvent } from '../nouns';

/** What a filter sees of an event. */
export interface FilteredEvent {
  id: string;
  type: string;
  version: number;
  /** When it happened, RFC 3339 with milliseconds, in UTC. */
  timestamp: string;
  /** The tenant's slug. */
  tenant: string;
  data: unknown;
}

/** `data` is the event's JSON, parsed. */
export function filteredEvent(
  { id, type, version, occurredAt }: Pick<WarrenEvent, 'id' | 'type' | 'version' | 'occurredAt'>,
  tenant: string,
  data: unknown,
): FilteredEvent {
  return { id, type, version, timestamp: occurredAt.toISOString(), tenant, data };
}
