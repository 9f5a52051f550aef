import { appendFileSync } from 'node:fs';
import { FAILPOINTS, type Failpoint } from '../../../src/runtime/failpoint';
import { meetStranger } from '../../support/stranger';
import { waitUntil } from '../../support/wait-until';
import type { WarrenProcess } from '../../support/warren-process';
import { account, booksOf, closeBooks, readBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import type { Scenario } from '../scenario';

const WINDOW = 20;
const KINDS: Record<string, { path: string; query: string }> = {
  ok: { path: '/ok', query: '' },
  /** Goes up the ladder once. */
  flaky: { path: '/flaky', query: '?fail=1' },
  /** Ends as a dead letter. */
  dead: { path: '/dead', query: '?status=500' },
};
const MALFORMED = 5;
/** In the middle of the load: after how many passes the process dies. */
const NTH: Record<Failpoint, number> = {
  'api.claimed': 3,
  'api.published': 3,
  'route.written': 3,
  'route.sent': 25,
  'route.rejected': 2,
  'deliver.posted': 30,
  'record.written': 40,
  'record.sent': 40,
};

/** A type must be segments of letters, digits, _ and -. */
const prefixOf = (at: Failpoint): string => at.replace('.', '-');

/**
 * A process that dies at each failpoint in turn, under a load that succeeds, is retried and fails for good. Each is
 * mended by the next, which then dies elsewhere.
 */
export const failpoints =
  (isDirect: boolean): Scenario =>
  async (surroundings) => {
    const { servers, form, report } = surroundings;
    const deployment = await deploy(servers, {
      WARREN_WINDOW: String(WINDOW),
      WARREN_DIRECT_DISPATCH: String(isDirect),
    });
    try {
      for (const [kind, { path, query }] of Object.entries(KINDS)) {
        await deployment.subscribe(`*.${kind}`, `${path}${query}`, { retrySchedule: [1] });
      }
      const perPoint = form === 'long' ? 600 : 120;
      const faults: string[] = [];
      for (const at of FAILPOINTS) {
        report(`dies at ${at}`);
        if (!(await dieAt(deployment, at, perPoint))) faults.push(`${at}: the process did not die there`);
      }
      await deployment.spawn({ WARREN_ROLES: 'router,worker' });
      const confirmed = FAILPOINTS.reduce((sum, at) => sum + countAt(at, perPoint), 0);
      await deployment.settled(confirmed, 60_000);
      return await judge(deployment, faults);
    } finally {
      await deployment.end();
    }
  };

const isOfApi = (at: Failpoint): boolean => at.startsWith('api.');
const countAt = (at: Failpoint, perPoint: number): number => (isOfApi(at) ? 10 : perPoint);

/** @returns whether it died of itself */
async function dieAt(deployment: Deployment, at: Failpoint, perPoint: number): Promise<boolean> {
  const roles = isOfApi(at) ? 'api' : 'router,worker';
  const victim = await deployment.spawn({ WARREN_ROLES: roles, WARREN_FAILPOINT: `${at}:${NTH[at]}` });
  if (isOfApi(at)) await publishThrough(deployment, victim, at);
  else {
    const types = Object.keys(KINDS).map((kind) => `${prefixOf(at)}.${kind}`);
    await deployment.generate({ types, count: perPoint, inFlight: 20 }).done;
    if (at === 'route.rejected') await publishMalformed(deployment);
  }
  const died = await waitUntil(() => victim.hasEnded(), 30_000).then(
    () => true,
    () => false,
  );
  await victim.signal('SIGKILL');
  deployment.processes.splice(deployment.processes.indexOf(victim), 1);
  return died;
}

/** A caller that gets no answer sends the same again, through another process. */
async function publishThrough(deployment: Deployment, victim: WarrenProcess, at: Failpoint): Promise<void> {
  const type = `${prefixOf(at)}.ok`;
  const tenant = deployment.tenant();
  for (let n = 0; n < countAt(at, 0); n++) {
    const key = `${prefixOf(at)}-${n}`;
    const event = { type, idempotencyKey: key, data: { key } };
    await tenant
      .through(`${victim.url}/graphql`)
      .publish(event)
      .catch(() => tenant.publish(event));
    appendFileSync(deployment.ledgers.confirmed, `${JSON.stringify({ key, type })}\n`);
  }
}

async function publishMalformed({ env, namespace }: Deployment): Promise<void> {
  const stranger = await meetStranger(env.AMQP_URL ?? '');
  for (let n = 0; n < MALFORMED; n++) {
    await stranger.publish(`${namespace}.events`, 'not.json', 'hello', { headers: { tenant: 'acme' } });
  }
  await stranger.close();
}

async function judge(
  deployment: Deployment,
  faults: string[],
): Promise<{ figures: Record<string, unknown>; faults: string[] }> {
  const subscribers = Object.fromEntries(
    FAILPOINTS.flatMap((at) =>
      Object.entries(KINDS).map(([kind, { path }]) => [`${prefixOf(at)}.${kind}`, [path]]),
    ),
  );
  // The next process dies too, perhaps while it does again what the one before had under way.
  const whole = await closeBooks(deployment, {
    subscribers,
    maxDuplicates: FAILPOINTS.length * WINDOW,
    rejected: { min: MALFORMED, max: 2 * MALFORMED },
  });
  const books = await readBooks(deployment, { subscribers, maxDuplicates: FAILPOINTS.length * WINDOW });
  const duplicates: Record<string, number> = {};
  for (const at of FAILPOINTS) {
    const verdict = account(booksOf(books, (type) => type.startsWith(`${prefixOf(at)}.`)));
    duplicates[at] = verdict.figures.duplicates ?? 0;
    faults.push(...verdict.faults.map((fault) => `${at}: ${fault}`));
  }
  return { figures: { ...whole.figures, duplicatesAt: duplicates }, faults: [...faults, ...whole.faults] };
}
