import { createConnection, type Connection } from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../support/wait-until';
import { closeBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import { endure, saysWhy, type Fault } from '../faults';
import { ORDINARY_USER, startOwnDatabase, type OwnServer } from '../own-servers';
import type { Scenario } from '../scenario';

const WINDOW = 50;
const SUBSCRIBERS = { 'load.ok': ['/ok'], 'load.flaky': ['/flaky'] };
/** src/roles/platform.ts: the most connections that one process opens. */
const POOL_SIZE = 20;

/** A database of its own is restarted, killed, locked, made read-only, crowded out and slowed down, each under load. */
export const database: Scenario = async ({ servers, form, report }) => {
  const own = await startOwnDatabase(report);
  try {
    const deployment = await deploy(
      { ...servers, databaseUrl: own.url, databaseUser: ORDINARY_USER },
      { WARREN_WINDOW: String(WINDOW) },
    );
    try {
      await deployment.subscribe('load.ok', '/ok?delay=5');
      await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [1, 1, 1] });
      const router = await deployment.spawn({ WARREN_ROLES: 'router,worker' });
      await deployment.spawn({ WARREN_ROLES: 'worker' });
      const faults = databaseFaults(own, deployment, router.url);
      const types = Object.keys(SUBSCRIBERS);
      const load = form === 'long' ? { events: 1000, perSecond: 100 } : { events: 120, perSecond: 60 };
      const course = await endure(deployment, faults, { ...load, types, report });
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

function databaseFaults(own: OwnServer, deployment: Deployment, url: string): Fault[] {
  const asRoot = async <T>(use: (root: Connection) => Promise<T>): Promise<T> => {
    const root = await createConnection({ uri: own.url });
    try {
      return await use(root);
    } finally {
      await root.end();
    }
  };
  const set = (statement: string): Promise<unknown> =>
    asRoot((root) => root.query(`set global ${statement}`));
  const publishersAreTold = async (): Promise<void> => {
    const key = `refused-${Date.now()}`;
    const refusal = await deployment
      .tenant()
      .publish({ type: 'nobody.gets', idempotencyKey: key })
      .then(
        () => 'accepted',
        (error: unknown) => String(error),
      );
    if (!refusal.includes('SERVICE_UNAVAILABLE')) throw new Error(`eventPublish was answered: ${refusal}`);
  };
  let holder: Connection | undefined;
  return [
    {
      name: 'restart',
      begin: () => own.stop(),
      meanwhile: async () => {
        await saysWhy(url, 'database: ');
        await publishersAreTold();
      },
      end: () => own.start(),
    },
    { name: 'kill -9 in transactions', begin: () => own.kill(), end: () => own.start() },
    {
      name: 'lock timeouts',
      async begin() {
        await set('innodb_lock_wait_timeout = 1');
        // Pools keep their sessions, and sessions their settings.
        deployment.databaseWire.cut();
        holder = await createConnection({ uri: deployment.database.url });
        await holder.query('start transaction');
        await holder.query('select * from tenant_counters for update');
      },
      meanwhile: () => sleep(3000),
      async end() {
        await holder?.end();
        await set('innodb_lock_wait_timeout = 50');
      },
    },
    {
      name: 'deadlocks',
      begin: () => Promise.resolve(),
      meanwhile: () => provokeDeadlocks(deployment, 10),
    },
    {
      name: 'read-only',
      begin: () => set('read_only = 1'),
      meanwhile: publishersAreTold,
      end: () => set('read_only = 0'),
    },
    {
      name: 'connections used up',
      async begin() {
        // Kept, since there may be none for whoever wants to end this.
        holder = await createConnection({ uri: own.url });
        await holder.query('set global max_connections = 10');
        deployment.databaseWire.cut();
      },
      meanwhile: () => sleep(2000),
      async end() {
        await holder?.query('set global max_connections = 300');
        await holder?.end();
      },
    },
    {
      name: 'slow',
      begin() {
        deployment.databaseWire.delay(40);
        return Promise.resolve();
      },
      async meanwhile() {
        await sleep(1500);
        const [{ n } = { n: '0' }] = await asRoot(async (root) => {
          const [rows] = await root.query(
            'select count(*) as n from information_schema.processlist where user = ?',
            [ORDINARY_USER],
          );
          return rows as { n: string }[];
        });
        const most = POOL_SIZE * deployment.processes.length;
        if (Number(n) > most) throw new Error(`${n} connections, more than ${most}`);
      },
      end() {
        deployment.databaseWire.delay(0);
        return Promise.resolve();
      },
    },
  ];
}

/** Locks deliveries and the tenant's counter in the order opposite to Warren's, again and again. */
async function provokeDeadlocks({ database: { url }, sql }: Deployment, times: number): Promise<void> {
  const rival = await createConnection({ uri: url });
  for (let time = 0; time < times; time++) {
    await rival.query('start transaction');
    // Most changes made: so the server would rather roll back the other.
    await rival.query('update tenant_counters set seq = seq');
    await rival
      .query('select count(*) from (select id from deliveries where status in (1, 2) for update) l')
      .catch(() => undefined);
    await rival.query('rollback');
  }
  await rival.end();
  await waitUntil(async () => (await sql('select 1')).length === 1);
}
