import { EXCHANGES } from '../../../src/broker/topology';
import { meetStranger } from '../../support/outsiders/stranger';
import { waitUntil } from '../../support/wait-until';
import { runWarren } from '../../support/warren-process';
import { closeBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import { endure, saysWhy, type Fault } from '../faults';
import { startOwnBroker, type OwnBroker } from '../own-servers';
import type { Scenario } from '../scenario';

const WINDOW = 50;
const SUBSCRIBERS = { 'load.ok': ['/ok'], 'load.flaky': ['/flaky'] };
/** Seconds; two of them without a sign of life, and a connection is given up. */
const HEARTBEAT = 2;

/** A broker of its own is restarted, killed, starved, cut off and robbed of a queue, each under load. */
export const broker: Scenario = async ({ servers, form, report }) => {
  const own = await startOwnBroker(report);
  try {
    const amqpUrl = `${own.url}?heartbeat=${HEARTBEAT}`;
    const deployment = await deploy({ ...servers, amqpUrl }, { WARREN_WINDOW: String(WINDOW) });
    try {
      await deployment.subscribe('load.ok', '/ok?delay=5');
      await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [1, 1, 1] });
      const router = await deployment.spawn({ WARREN_ROLES: 'router,worker' });
      await deployment.spawn({ WARREN_ROLES: 'worker' });
      const faults = brokerFaults(own, deployment, router.url);
      const types = Object.keys(SUBSCRIBERS);
      const load = form === 'long' ? { events: 1000, perSecond: 100 } : { events: 120, perSecond: 60 };
      const course = await endure(deployment, faults, { ...load, types, report });
      course.faults.push(...(await meetForeignTopology(deployment, amqpUrl)));
      const books = await closeBooks(deployment, {
        subscribers: SUBSCRIBERS,
        maxDuplicates: faults.length * 2 * WINDOW,
        allSurvive: true,
      });
      const { settledAfterMs } = course;
      return { figures: { ...books.figures, settledAfterMs }, faults: [...course.faults, ...books.faults] };
    } finally {
      await deployment.end();
    }
  } finally {
    await own.end();
  }
};

function brokerFaults(own: OwnBroker, deployment: Deployment, url: string): Fault[] {
  /** The broker tells a connection of the alarm when it publishes. */
  const blocked = async (): Promise<void> => {
    const refusal = await deployment
      .tenant()
      .publish({ type: 'nobody.gets' })
      .then(
        () => 'accepted',
        (error: unknown) => String(error),
      );
    if (!refusal.includes('SERVICE_UNAVAILABLE')) throw new Error(`eventPublish was answered: ${refusal}`);
    await saysWhy(deployment.apiUrl, 'blocked');
  };
  return [
    {
      name: 'restart',
      begin: () => own.stop(),
      meanwhile: () => saysWhy(url, 'broker: not connected: '),
      end: () => own.start(),
    },
    { name: 'kill -9', begin: () => own.kill(), end: () => own.start() },
    {
      name: 'memory alarm',
      begin: () => own.ctl('set_vm_memory_high_watermark', '0.00001'),
      meanwhile: blocked,
      end: () => own.ctl('set_vm_memory_high_watermark', '0.4'),
    },
    {
      name: 'disk alarm',
      begin: () => own.ctl('set_disk_free_limit', '900000GB'),
      meanwhile: blocked,
      end: () => own.ctl('set_disk_free_limit', '50MB'),
    },
    { name: 'connections closed', begin: () => own.ctl('close_all_connections', 'chaos') },
    {
      name: 'half-open connections',
      begin() {
        deployment.brokerWire.strand();
        return Promise.resolve();
      },
    },
    {
      name: 'queue deleted',
      begin: async () => {
        const stranger = await meetStranger(own.url);
        await stranger.remove([`${deployment.namespace}.deliver`], []);
        await stranger.close();
      },
      // Its messages are gone with it; the rows know which.
      end: async () => {
        await waitUntil(async () => (await deployment.depth('deliver').catch(() => -1)) >= 0, 30_000);
        await runWarren('reconcile', { ...deployment.env, LOG_LEVEL: 'warn' });
      },
    },
  ];
}

/** A queue with other properties that is not empty: the process says what to do, and goes on once it is done. */
async function meetForeignTopology(deployment: Deployment, amqpUrl: string): Promise<string[]> {
  const stranger = await meetStranger(amqpUrl);
  const namespace = `${deployment.namespace}-foreign`;
  const queue = `${namespace}.route`;
  try {
    await stranger.redeclare(queue, {});
    await stranger.publish('', queue, 'somebody needs me');
    const late = await deployment.spawn({ WARREN_NAMESPACE: namespace, WARREN_ROLES: 'router' });
    await saysWhy(late.url, `already has \\"${queue}\\" with other properties`);
    await stranger.remove([queue], []);
    await waitUntil(async () => (await fetch(`${late.url}/readyz`)).ok, 60_000);
    await late.signal('SIGTERM');
    return [];
  } catch (error) {
    return [`wrong topology: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    // The broker is ours alone and ends with the scenario.
    await stranger
      .remove(
        [queue],
        EXCHANGES.map((exchange) => `${namespace}.${exchange}`),
      )
      .catch(() => undefined);
    await stranger.close();
  }
}
