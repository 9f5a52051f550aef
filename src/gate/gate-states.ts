/**
 * The states of an endpoint's gate and what leads from one to the next: the only table of them. docs/gate.md shows the
 * same, and a test holds the two equal.
 */
export const GATE_STATES = ['FREE', 'STOPPED', 'WAITING', 'PROBING', 'DRAINING', 'DROPPING'] as const;
export type GateState = (typeof GATE_STATES)[number];

export const GATE_EVENTS = [
  'held',
  'stopped',
  'resumed',
  'dropped',
  'tripped',
  'throttled',
  'due',
  'succeeded',
  'failed',
  'deleted',
  'emptied',
] as const;
export type GateEvent = (typeof GATE_EVENTS)[number];

/** An event that a state does not name changes nothing. */
export const TRANSITIONS: Record<GateState, Partial<Record<GateEvent, GateState>>> = {
  FREE: {
    held: 'DRAINING',
    stopped: 'STOPPED',
    tripped: 'WAITING',
    throttled: 'WAITING',
    dropped: 'DROPPING',
    deleted: 'DROPPING',
  },
  STOPPED: { resumed: 'DRAINING', dropped: 'DROPPING', deleted: 'DROPPING' },
  WAITING: {
    due: 'PROBING',
    resumed: 'DRAINING',
    stopped: 'STOPPED',
    dropped: 'DROPPING',
    deleted: 'DROPPING',
  },
  PROBING: {
    succeeded: 'DRAINING',
    failed: 'WAITING',
    throttled: 'WAITING',
    resumed: 'DRAINING',
    stopped: 'STOPPED',
    dropped: 'DROPPING',
    deleted: 'DROPPING',
  },
  DRAINING: {
    tripped: 'WAITING',
    throttled: 'WAITING',
    stopped: 'STOPPED',
    dropped: 'DROPPING',
    deleted: 'DROPPING',
    emptied: 'FREE',
  },
  DROPPING: { resumed: 'DRAINING', stopped: 'STOPPED', emptied: 'FREE' },
};

export function nextState(state: GateState, event: GateEvent): GateState {
  return TRANSITIONS[state][event] ?? state;
}
