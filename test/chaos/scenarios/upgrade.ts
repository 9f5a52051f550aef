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
  // Slow enough that it lasts until the last one is replaced: a process takes its seconds to start.
  const { events, perSecond } =
    form === 'long' ? { events: 12_000, perSecond: 20 } : { events: 2000, perSecond: 10 };
  const deployment = await deploy(servers, { WARREN_WINDOW: '50' }, older);
  try {
    await deployment.subscribe('load.ok', '/one?delay=20');
    await deployment.subscribe('load.ok', '/two?delay=20');
    await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [1, 1] });
    await deployment.subscribe('load.paced', '/paced', { rateLimitPerSecond: perSecond / 4 });
    const running: WarrenProcess[] = [];
    for (const roles of ROLES) running.push(await deployment.spawn({ WARREN_ROLES: roles }, older));
    const before = await migrationsOf(deployment);
    const generator = deployment.generate({ types: Object.keys(SUBSCRIBERS), count: events, perSecond });
    const turns = [undefined, older, undefined].flatMap((main) =>
      ROLES.map((roles, at) => ({ main, roles, at })),
    );
    const exitCodes: (number | null)[] = [];
    const complaints: string[] = [];
    let underLoad = 0;
    for (const [turn, { main, roles, at }] of turns.entries()) {
      const due = Math.round(((turn + 1) * events) / (turns.length + 2));
      await waitUntil(() => generator.confirmed() >= due, 300_000);
      if (turn === 0) {
        exitCodes.push((await runWarren('migrate', deployment.env)).code);
        report(`migrated: ${(await migrationsOf(deployment)) - before} more`);
      }
      const successor = await deployment.spawn({ WARREN_ROLES: roles }, main);
      await waitUntil(async () => (await fetch(`${successor.url}/readyz`)).ok, 60_000);
      if (roles === 'api') await deployment.tenant().through(`${successor.url}/graphql`).deliveries();
      const predecessor = running[at];
      running[at] = successor;
      exitCodes.push((await predecessor?.signal('SIGTERM')) ?? null);
      complaints.push(...(predecessor?.complaints ?? []));
      if (generator.confirmed() < events) underLoad++;
      report(`${main === undefined ? 'this' : 'the older'} version: ${roles}`);
    }
    await generator.done;
    await deployment.settled(events, 300_000);
    const migrations = (await migrationsOf(deployment)) - before;
    const { figures, faults } = await closeBooks(deployment, { subscribers: SUBSCRIBERS, maxDuplicates: 0 });
    if (exitCodes.some((code) => code !== 0)) faults.push(`processes ended with ${exitCodes.join(', ')}`);
    if (underLoad < ROLES.length * 2)
      faults.push(`the load ended after ${underLoad} processes were replaced`);
    if (complaints.length > 0) faults.push(`on standard error: ${complaints.slice(0, 3).join('; ')}`);
    return { figures: { replaced: turns.length, underLoad, migrations, ...figures }, faults };
  } finally {
    await deployment.end();
  }
};

async function migrationsOf({ countOf }: Deployment): Promise<number> {
  return countOf('migrations');
}
