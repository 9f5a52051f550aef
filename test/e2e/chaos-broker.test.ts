import { broker } from '../chaos/scenarios/broker';
import { brokerWiped } from '../chaos/scenarios/broker-wiped';
import { runShort } from '../chaos/short-form';

const MINUTES = 60_000;

// Each has a broker of its own.

it.concurrent(
  'loses nothing when its broker is restarted, killed, starved, cut off and robbed of a queue',
  async () => {
    const { figures, faults } = await runShort(broker);
    expect(faults).toEqual([]);
    expect(Object.keys(figures.settledAfterMs as object)).toHaveLength(7);
  },
  10 * MINUTES,
);

it.concurrent(
  'rebuilds every unfinished delivery by reconcile when the broker has lost everything',
  async () => {
    const { figures, faults } = await runShort(brokerWiped);
    expect(faults).toEqual([]);
    expect(figures).toMatchObject({ lost: { pending: 100, retrying: 100 }, deliveries: 200 });
  },
  10 * MINUTES,
);
