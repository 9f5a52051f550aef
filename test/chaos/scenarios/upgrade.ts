import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../../support/wait-until';
import { runWarren, type WarrenProcess } from '../../support/warren-process';
import { closeBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.ok': ['/one', '/two'], 'load.flaky': ['/flaky'], 'load.paced': ['/paced'] };
/** Each role by itself, so that all that passes from one to the next passes over the broker, between any two versions. */
const ROLES = ['router', 'router', 'worker', 'worker', 'api'];

/**
 * An older build's processes replaced by this build's, one at a time under load, back again, and forward again: the
 * schema migrated first, old and new side by side all the while. `UPGRADE_FROM` is the folder of a clone of the older
 * version, installed and built.
 */
export const upgrade: Scenario = async ({ servers, form, report }) => {
  const { UPGRADE_FROM } = process.env;
  const older = join(UPGRADE_FROM ?? '', 'dist/src/main.js');
  if (UPGRADE_FROM === undefined || !existsSync(older))
    throw new Error('UPGRADE_FROM must be the folder of an older version that is built');
  const load = form === 'long' ? { batch: 400, perSecond: 60 } : { batch: 100, perSecond: 20 };
  const deployment = await deploy(servers, { WARREN_WINDOW: '50' }, older);
  try {
    await deployment.subscribe('load.ok', '/one?delay=20');
    await deployment.subscribe('load.ok', '/two?delay=20');
    await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [1, 1] });
    await deployment.subscribe('load.paced', '/paced', { rateLimitPerSecond: load.perSecond / 4 });
    const running: WarrenProcess[] = [];
    for (const roles of ROLES) running.push(await deployment.spawn({ WARREN_ROLES: roles }, older));
    const before = await migrationsOf(deployment);
    const publishing = keepPublishing(deployment, load);
    const turns = [undefined, older, undefined].flatMap((main) =>
      ROLES.map((roles, at) => ({ main, roles, at })),
    );
    const exitCodes: (number | null)[] = [];
    const complaints: string[] = [];
    for (const [turn, { main, roles, at }] of turns.entries()) {
      await publishing.oneBatchMore();
      if (turn === 0) {
        exitCodes.push((await runWarren('migrate', deployment.env)).code);
        report(`migrated: ${(await migrationsOf(deployment)) - before} more`);
      }
      const successor = await deployment.spawn({ WARREN_ROLES: roles }, main);
      await waitUntil(async () => (await fetch(`${successor.url}/readyz`)).ok, 120_000);
      if (roles === 'api') await deployment.tenant().through(`${successor.url}/graphql`).deliveries();
      const predecessor = running[at];
      running[at] = successor;
      exitCodes.push((await predecessor?.signal('SIGTERM')) ?? null);
      complaints.push(...(predecessor?.complaints ?? []));
      report(`${main === undefined ? 'this' : 'the older'} version: ${roles}`);
    }
    const events = await publishing.end();
    await deployment.settled(events, 300_000);
    const migrations = (await migrationsOf(deployment)) - before;
    const { figures, faults } = await closeBooks(deployment, { subscribers: SUBSCRIBERS, maxDuplicates: 0 });
    if (exitCodes.some((code) => code !== 0)) faults.push(`processes ended with ${exitCodes.join(', ')}`);
    if (complaints.length > 0) faults.push(`on standard error: ${complaints.slice(0, 3).join('; ')}`);
    return { figures: { replaced: turns.length, migrations, ...figures }, faults };
  } finally {
    await deployment.end();
  }
};

/** Publishes one batch after another for as long as it takes. */
function keepPublishing(
  { generate }: Deployment,
  { batch, perSecond }: { batch: number; perSecond: number },
): { oneBatchMore: () => Promise<void>; end: () => Promise<number> } {
  let events = 0;
  let isOver = false;
  const publish = async (): Promise<void> => {
    while (!isOver) {
      await generate({ types: Object.keys(SUBSCRIBERS), count: batch, perSecond }).done;
      events += batch;
    }
  };
  const publishing = publish();
  publishing.catch(() => undefined);
  return {
    async oneBatchMore() {
      const before = events;
      await Promise.race([publishing, waitUntil(() => events > before, 300_000)]);
    },
    async end() {
      isOver = true;
      await publishing;
      return events;
    },
  };
}

async function migrationsOf({ countOf }: Deployment): Promise<number> {
  return countOf('migrations');
}
