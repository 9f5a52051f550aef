import type { GateRecord } from '../domain/delivery/gate-records';
import type { EndpointSettings } from '../domain/nouns';
import type { GateEvent, GateState } from './gate-states';

/** What the settings and the record say has happened, most important first; undefined: nothing new. */
export function eventOf(
  state: GateState,
  settings: Pick<EndpointSettings, 'status'> | undefined,
  record: GateRecord,
  nowMs: number,
): GateEvent | undefined {
  if (!settings) return 'deleted';
  if (record.drop) return 'dropped';
  if (settings.status !== 'ACTIVE') return 'stopped';
  if (state === 'STOPPED' || state === 'DROPPING') return 'resumed';
  if (state === 'FREE' || state === 'DRAINING') {
    // First what forbids it: a gate that is taken over with its circuit open lets nothing go.
    if (record.circuit !== 'CLOSED') return 'tripped';
    if (record.retryAfterUntil && record.retryAfterUntil.getTime() > nowMs) return 'throttled';
    return state === 'FREE' ? 'held' : undefined;
  }
  // Somebody resumed it by hand.
  if (record.circuit === 'CLOSED' && record.retryAfterUntil === null) return 'resumed';
  if (state === 'PROBING')
    return record.retryAfterUntil && record.retryAfterUntil.getTime() > nowMs ? 'throttled' : undefined;
  return waitMs(record, nowMs) === 0 ? 'due' : undefined;
}

/** How long a closed way stays closed: until the receiver's own time, or the next probe. */
export function waitMs({ circuit, probeAt, retryAfterUntil }: GateRecord, nowMs: number): number {
  const untilMs = Math.max(
    retryAfterUntil?.getTime() ?? 0,
    circuit === 'CLOSED' ? 0 : (probeAt?.getTime() ?? 0),
  );
  return Math.max(0, untilMs - nowMs);
}
