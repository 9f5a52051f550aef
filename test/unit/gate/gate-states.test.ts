import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GateRecord } from '../../../src/domain/delivery/gate-records';
import { eventOf, waitMs } from '../../../src/gate/gate-facts';
import { GATE_EVENTS, GATE_STATES, TRANSITIONS, nextState } from '../../../src/gate/gate-states';

const PAGE = readFileSync(join(__dirname, '../../../docs/gate.md'), 'utf8');

describe('the table of a gate’s states', () => {
  it('is the same in docs/gate.md', () => {
    const rows = [...PAGE.matchAll(/^\| `([A-Z]+)` +\| `([a-z]+)` +\| `([A-Z]+)` +\|/gm)].map(
      ([, ...row]) => row,
    );
    const table = GATE_STATES.flatMap((state) =>
      GATE_EVENTS.flatMap((event) => {
        const next = TRANSITIONS[state][event];
        return next ? [[state, event, next]] : [];
      }),
    );
    expect(rows.map(String).sort()).toEqual(table.map(String).sort());
  });

  it('leads from every state back to FREE', () => {
    for (const state of GATE_STATES) {
      const reached = new Set([state]);
      for (const at of reached) for (const next of Object.values(TRANSITIONS[at])) reached.add(next);
      expect(reached).toContain('FREE');
    }
  });

  it('takes no notice of an event that a state does not name', () => {
    expect(nextState('STOPPED', 'succeeded')).toBe('STOPPED');
  });
});

describe('what has happened to a gate', () => {
  const record: GateRecord = {
    ...{ endpointId: 'ep_1', tenantId: 'ten_1', circuit: 'CLOSED', openedAt: null, probeAt: null, probes: 0 },
    ...{ retryAfterUntil: null, throttles: 0, recovering: false, drop: null },
  };
  const active = { status: 'ACTIVE' } as const;
  const open: GateRecord = { ...record, circuit: 'OPEN', probeAt: new Date(5000) };

  it('is told by its settings first, then by its record', () => {
    expect(eventOf('DRAINING', undefined, open, 0)).toBe('deleted');
    const drop = { olderThan: null, superseded: true, from: 0, to: 1 };
    expect(eventOf('STOPPED', { status: 'PAUSED' }, { ...record, drop }, 0)).toBe('dropped');
    expect(eventOf('DRAINING', { status: 'DISABLED' }, open, 0)).toBe('stopped');
    expect(eventOf('STOPPED', active, record, 0)).toBe('resumed');
    expect(eventOf('DRAINING', active, open, 0)).toBe('tripped');
    expect(eventOf('DRAINING', active, { ...record, retryAfterUntil: new Date(9) }, 0)).toBe('throttled');
    expect(eventOf('DRAINING', active, record, 0)).toBeUndefined();
  });

  it('always leads a gate whose owner is new somewhere: nothing else would ever move it', () => {
    const drop = { olderThan: null, superseded: true, from: 0, to: 1 };
    const records = [record, open, { ...record, retryAfterUntil: new Date(9) }, { ...record, drop }];
    for (const settings of [undefined, active, { status: 'PAUSED' }, { status: 'DISABLED' }] as const) {
      for (const seen of records) {
        const event = eventOf('FREE', settings, seen, 0);
        expect(event && nextState('FREE', event)).not.toBe('FREE');
        expect(event).toBeDefined();
      }
    }
  });

  it('is due when its time has come, and resumed when nothing holds it any more', () => {
    expect(eventOf('WAITING', active, open, 4999)).toBeUndefined();
    expect(eventOf('WAITING', active, open, 5000)).toBe('due');
    expect(eventOf('WAITING', active, record, 0)).toBe('resumed');
    expect(eventOf('PROBING', active, { ...record, retryAfterUntil: new Date(1) }, 2)).toBeUndefined();
  });

  it('waits for the later of the receiver’s time and the probe', () => {
    expect(waitMs({ ...open, retryAfterUntil: new Date(8000) }, 1000)).toBe(7000);
    expect(waitMs(open, 1000)).toBe(4000);
    expect(waitMs({ ...open, circuit: 'CLOSED' }, 1000)).toBe(0);
  });
});
