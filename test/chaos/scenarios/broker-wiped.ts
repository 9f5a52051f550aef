import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../support/wait-until';
import { runWarren } from '../../support/warren-process';
import { closeBooks } from '../accounting';
import { deploy } from '../deployment';
import { startOwnBroker } from '../own-servers';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.ok': ['/ok'], 'load.flaky': ['/flaky'] };

/**
 * The broker loses everything while all deliveries wait for a worker, half for their first attempt and half for their
 * second: they are made again from the rows, by `warren reconcile`, or in the long form by the sweep alone.
 */
export const brokerWiped: Scenario = async ({ servers, form, report }) => {
  const own = await startOwnBroker(report);
  try {
    const deployment = await deploy({ ...servers, amqpUrl: own.url });
    try {
      const events = form === 'long' ? 5000 : 200;
      await deployment.subscribe('load.ok', '/ok');
      await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [2] });
      await deployment.spawn({ WARREN_ROLES: 'router' });
      const worker = await deployment.spawn({ WARREN_ROLES: 'worker' });
      await deployment.generate({ types: ['load.flaky'], count: events / 2 }).done;
      const countOf = (status: number): Promise<number> =>
        deployment.countOf(`deliveries where status = ${status}`);
      const afterFirst = 'delivery_attempts where number = 1';
      await waitUntil(async () => (await deployment.countOf(afterFirst)) === events / 2, 60_000);
      await worker.signal('SIGKILL');
      await deployment.generate({ types: ['load.ok'], count: events / 2 }).done;
      // All are there, so all were confirmed: what the router has still to send would come again by itself, late. Those
      // of the ladder are back by then. What the worker had not acked yet is there twice, so their number alone says nothing.
      let depth = -1;
      await waitUntil(async () => {
        const before = depth;
        depth = await deployment.depth('deliver');
        const isWhole = depth >= events && (await countOf(1)) === events / 2;
        await sleep(500);
        return isWhole && depth === before;
      }, 60_000);
      const lost = { pending: await countOf(1), retrying: await countOf(2) };
      report(`wiping the broker: ${lost.pending} pending, ${lost.retrying} retrying`);
      await own.wipe();
      await own.start();
      await deployment.spawn({ WARREN_ROLES: 'worker' });
      await waitUntil(async () => (await deployment.depth('deliver').catch(() => -1)) === 0, 60_000);
      const startedAtMs = performance.now();
      if (form === 'short') {
        await waitUntil(
          async () => (await deployment.countOf('deliveries where next_attempt_at > now(3)')) === 0,
        );
        await runWarren('reconcile', { ...deployment.env, LOG_LEVEL: 'warn' });
      }
      await deployment.settled(events, form === 'long' ? 900_000 : 60_000);
      const rebuiltAfterMs = Math.round(performance.now() - startedAtMs);
      const { figures, faults } = await closeBooks(deployment, {
        subscribers: SUBSCRIBERS,
        maxDuplicates: 100,
      });
      return {
        figures: { ...figures, lost, rebuiltBy: form === 'short' ? 'reconcile' : 'sweep', rebuiltAfterMs },
        faults,
      };
    } finally {
      await deployment.end();
    }
  } finally {
    await own.end();
  }
};
