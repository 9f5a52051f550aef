import { makeSpareWorkers } from '../../../src/roles/spare-workers';

function setUp(counts: { deliver: number; route: number }) {
  let nowMs = 0;
  let busy = 0;
  const spare = makeSpareWorkers(
    () => ({ utilization: busy, active: 0, idle: 0 }),
    () => nowMs,
  );
  spare.note(counts);
  return {
    spare,
    fourEventsAfter(ms: number, utilization: number): boolean[] {
      nowMs += ms;
      busy = utilization;
      return [1, 2, 3, 4].map(() => spare.shouldTakeNext());
    },
  };
}

const NONE = [false, false, false, false];
const EVERY_SECOND = [true, false, true, false];

describe('spare workers', () => {
  it('take every second event of a process that has more than it can do', () => {
    const { fourEventsAfter } = setUp({ deliver: 2, route: 1 });
    expect(fourEventsAfter(1000, 0.9)).toEqual(EVERY_SECOND);
    expect(fourEventsAfter(1000, 0.7)).toEqual(NONE);
  });

  it('are asked by the whole of a second, not by a moment', () => {
    const { fourEventsAfter } = setUp({ deliver: 2, route: 1 });
    expect(fourEventsAfter(900, 1)).toEqual(NONE);
    expect(fourEventsAfter(100, 1)).toEqual(EVERY_SECOND);
    expect(fourEventsAfter(900, 0)).toEqual(EVERY_SECOND);
  });

  it('are not those that route as well: they have their part of the events already', () => {
    const { spare, fourEventsAfter } = setUp({ deliver: 2, route: 2 });
    expect(fourEventsAfter(1000, 1)).toEqual(NONE);
    spare.note({ deliver: 3, route: 2 });
    expect(fourEventsAfter(1000, 1)).toEqual(EVERY_SECOND);
    spare.note({ deliver: 1, route: 1 });
    expect(fourEventsAfter(1000, 1)).toEqual(NONE);
  });
});
