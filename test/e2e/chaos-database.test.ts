import { database } from '../chaos/scenarios/database';
import { runShort } from '../chaos/short-form';

it('loses nothing when its database is restarted, killed, locked, read-only, crowded and slow', async () => {
  const { figures, faults } = await runShort(database);
  expect(faults).toEqual([]);
  expect(Object.keys(figures.settledAfterMs as object)).toHaveLength(7);
}, 600_000);
