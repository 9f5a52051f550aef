import { makeSpareWorkers } from '../../../src/roles/router/spare-workers';

function setUp(workers: number) {
  let nowMs = 0;
  let busy = 0;
  const spare = makeSpareWorkers(
    () => ({ utilization: busy, active: 0, idle: 0 }),
    () => nowMs,
  );
  spare.noteWorkers(workers);
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
    const ground = setUp(2);
    expect(ground.fourEventsAfter(1000, 0.9)).toEqual(EVERY_SECOND);
    expect(ground.fourEventsAfter(1000, 0.7)).toEqual(NONE);
  });

  it('are asked by the whole of a second, not by a moment', () => {
    const ground = setUp(2);
    expect(ground.fourEventsAfter(900, 1)).toEqual(NONE);
    expect(ground.fourEventsAfter(100, 1)).toEqual(EVERY_SECOND);
    expect(ground.fourEventsAfter(900, 0)).toEqual(EVERY_SECOND);
  });

  it('are others: a process alone keeps everything, until it is joined and after it is left', () => {
    const ground = setUp(1);
    expect(ground.fourEventsAfter(1000, 1)).toEqual(NONE);
    ground.spare.noteWorkers(2);
    expect(ground.fourEventsAfter(1000, 1)).toEqual(EVERY_SECOND);
    ground.spare.noteWorkers(1);
    expect(ground.fourEventsAfter(1000, 1)).toEqual(NONE);
  });
});
