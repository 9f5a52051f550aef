import type { Scenario } from '../chaos/scenario';
import { clocks } from '../chaos/scenarios/clocks';
import { liveStreams } from '../chaos/scenarios/live-streams';
import { poison } from '../chaos/scenarios/poison';
import { receiversDown } from '../chaos/scenarios/receivers-down';
import { soak } from '../chaos/scenarios/soak';
import { runShort } from '../chaos/short-form';

async function keepsItsPromise(scenario: Scenario): Promise<void> {
  const { figures, faults } = await runShort(scenario);
  expect(faults).toEqual([]);
  expect(figures.events).toBeGreaterThan(100);
}

// Each has a Warren of its own, and most of its time goes by in waiting for the ladder.
it.concurrent.each<[string, Scenario]>([
  ['delivers all that has gathered while a receiver was away', receiversDown],
  ['parks poison and lets the others through', poison],
  ['keeps to the ladder when clocks are off by ten minutes and leap by an hour', clocks],
  ['shows every change once to all who watch when the API is killed under them', liveStreams],
])('%s', (_, scenario) => keepsItsPromise(scenario), 300_000);

it('neither grows nor gets later under a steady load', () => keepsItsPromise(soak), 300_000);
