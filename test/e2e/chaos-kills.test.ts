import { failpoints } from '../chaos/scenarios/failpoints';
import { killLoop } from '../chaos/scenarios/kill-loop';
import { rollingRestart } from '../chaos/scenarios/rolling-restart';
import { runShort } from '../chaos/short-form';

const MINUTES = 60_000;

it(
  'loses nothing when router, worker and API are killed in turn under load',
  async () => {
    const { figures, faults } = await runShort(killLoop);
    expect(faults).toEqual([]);
    expect(figures.kills).toBeGreaterThan(0);
  },
  5 * MINUTES,
);

it.each([
  ['with direct dispatch', true],
  ['over the broker', false],
])(
  'loses nothing when a process dies at any failpoint, %s',
  async (_, isDirect) => {
    const { figures, faults } = await runShort(failpoints(isDirect));
    expect(faults).toEqual([]);
    expect(figures.events).toBeGreaterThan(500);
  },
  5 * MINUTES,
);

it(
  'loses nothing and repeats nothing when all processes are replaced by SIGTERM under load',
  async () => {
    const { figures, faults } = await runShort(rollingRestart);
    expect(faults).toEqual([]);
    expect(figures).toMatchObject({ restarts: 3, duplicates: 0 });
  },
  5 * MINUTES,
);
