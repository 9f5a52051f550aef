import { cluster } from '../chaos/scenarios/cluster';
import { runShort } from '../chaos/short-form';

it('loses nothing when three broker nodes lose their leader, then their majority', async () => {
  const { figures, faults } = await runShort(cluster);
  expect(faults).toEqual([]);
  expect(Object.keys(figures.settledAfterMs as object)).toEqual(['leader killed', 'majority killed']);
}, 600_000);
