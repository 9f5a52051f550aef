import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../support/wait-until';
import { closeBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import { endure, type Fault } from '../faults';
import { startOwnCluster, type ClusterNode, type OwnCluster } from '../own-cluster';
import type { Scenario } from '../scenario';

const WINDOW = 50;
const SUBSCRIBERS = { 'load.ok': ['/ok'], 'load.flaky': ['/flaky'] };
const PATIENCE_MS = 60_000;
/** How long the cluster is without its majority. */
const WITHOUT_MAJORITY_MS = 5000;

/** Three nodes under load: that which leads the queues is killed, then two of three; each time they come back. */
export const cluster: Scenario = async ({ servers, form, report }) => {
  const own = await startOwnCluster(report);
  try {
    const deployment = await deploy(
      { ...servers, amqpUrl: own.url },
      { WARREN_WINDOW: String(WINDOW), AMQP_URL: own.nodes.map(({ url }) => url).join(',') },
    );
    try {
      await deployment.subscribe('load.ok', '/ok?delay=5');
      await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [1, 1, 1] });
      const router = await deployment.spawn({ WARREN_ROLES: 'router,worker' });
      await deployment.spawn({ WARREN_ROLES: 'worker' });
      const faults = clusterFaults(own, deployment);
      const types = Object.keys(SUBSCRIBERS);
      const load = form === 'long' ? { events: 2000, perSecond: 100 } : { events: 120, perSecond: 60 };
      const course = await endure(deployment, faults, { ...load, types, report });
      const queues = await readQueues(own.nodes[0], deployment);
      const incomplete = queues.filter(({ online }) => online < own.nodes.length);
      const books = await closeBooks(deployment, {
        subscribers: SUBSCRIBERS,
        maxDuplicates: faults.length * 2 * WINDOW,
      });
      const { settledAfterMs } = course;
      return {
        figures: {
          ...books.figures,
          queues: queues.length,
          sweeps: router.logged('sweep.resent'),
          settledAfterMs,
        },
        faults: [
          ...course.faults,
          ...books.faults,
          ...incomplete.map(({ name, online }) => `${name} has ${online} members online in the end`),
        ],
      };
    } finally {
      await deployment.end();
    }
  } finally {
    await own.end();
  }
};

function clusterFaults(own: OwnCluster, deployment: Deployment): Fault[] {
  let killed: ClusterNode[] = [];
  const kill = async (nodes: ClusterNode[]): Promise<void> => {
    killed = nodes;
    await Promise.all(nodes.map((node) => node.kill()));
  };
  /** Side by side: a node that comes back may wait for another. */
  const bringBack = async (): Promise<void> => {
    await Promise.all(killed.map((node) => node.start()));
    await waitUntil(async () => {
      const queues = await readQueues(own.nodes[0], deployment).catch(() => []);
      return queues.length > 0 && queues.every(({ online }) => online === own.nodes.length);
    }, PATIENCE_MS);
  };
  const leaderOf = async (asked: ClusterNode | undefined): Promise<ClusterNode | undefined> => {
    const queues = await readQueues(asked, deployment);
    const leader = queues.find(({ name }) => name.endsWith('.deliver'))?.leader;
    return own.nodes.find(({ name }) => name === leader);
  };
  return [
    {
      name: 'leader killed',
      async begin() {
        const leader = await leaderOf(own.nodes[0]);
        if (!leader) throw new Error('nobody leads the queue deliver');
        await kill([leader]);
      },
      async meanwhile() {
        const survivor = own.nodes.find((node) => !killed.includes(node));
        await waitUntil(async () => {
          const leader = await leaderOf(survivor).catch(() => undefined);
          return leader !== undefined && !killed.includes(leader);
        }, PATIENCE_MS);
      },
      end: bringBack,
    },
    {
      name: 'majority killed',
      begin: () => kill(own.nodes.slice(0, 2)),
      meanwhile: () => sleep(WITHOUT_MAJORITY_MS),
      end: bringBack,
    },
  ];
}

interface QueueOnCluster {
  name: string;
  leader: string;
  /** Members that are there. */
  online: number;
}

/** Of this deployment, as a node sees them. */
async function readQueues(
  node: ClusterNode | undefined,
  { namespace }: Deployment,
): Promise<QueueOnCluster[]> {
  const listed = await node?.ctl('list_queues', 'name', 'leader', 'online', '--quiet', '--formatter', 'json');
  const rows = JSON.parse(listed ?? '[]') as { name: string; leader: string; online: string[] }[];
  return rows
    .filter(({ name }) => name.startsWith(`${namespace}.`))
    .map(({ name, leader, online }) => ({ name, leader, online: online.length }));
}
