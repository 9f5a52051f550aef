import { runShort } from '../../chaos/short-form';
import { model } from '../../chaos/scenarios/model';

it('does what the reference says, whatever happens to deliveries in whatever order', async () => {
  const { figures, faults } = await runShort(model);
  expect(faults).toEqual([]);
  expect(figures.tried).toBeGreaterThan(1);
}, 120_000);
