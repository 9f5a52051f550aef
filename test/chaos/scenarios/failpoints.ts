import { appendFileSync } from 'node:fs';
import { FAILPOINTS, type Failpoint } from '../../../src/runtime/failpoint';
import { encodeId } from '../../../src/domain/ids';
import { replayOf } from '../../support/replaying';
import { meetStranger } from '../../support/outsiders/stranger';
import { waitUntil } from '../../support/wait-until';
import { runWarren, type WarrenProcess } from '../../support/warren-process';
import { account, booksOf, closeBooks, readBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import type { Scenario } from '../scenario';

const WINDOW = 20;
const KINDS: Record<string, { path: string; query: string; maxInFlight?: number }> = {
  ok: { path: '/ok', query: '' },
  /** Goes up the ladder once. */
  flaky: { path: '/flaky', query: '?fail=1' },
  /** Ends as a dead letter. */
  dead: { path: '/dead', query: '?status=500' },
  /** Let go by its gate alone. */
  gated: { path: '/gated', query: '', maxInFlight: 20 },
  /** Delivered, and asked for once more. */
  again: { path: '/again', query: '' },
};
const IN_TURN = ['ok', 'flaky', 'dead'];
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
  'gate.released': 3,
  'replay.moved': 1,
  'sweep.claimed': 1,
};
/** What goes the same way with direct dispatch and without. */
const ALIKE: readonly Failpoint[] = ['gate.released', 'replay.moved', 'sweep.claimed'];
/** The API publishes to the broker and knows nothing of what comes after, in either. */
const IN_THE_API: readonly Failpoint[] = ['api.claimed', 'api.published'];
const REPLAYED = 4;
const SWEPT = 20;

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
      for (const [kind, { path, query, ...extra }] of Object.entries(KINDS)) {
        await deployment.subscribe(`*.${kind}`, `${path}${query}`, { retrySchedule: [1], ...extra });
      }
      const perPoint = form === 'long' ? 600 : 90;
      const alike = form === 'short' ? [...ALIKE, ...IN_THE_API] : ALIKE;
      const points = FAILPOINTS.filter((at) => !isDirect || !alike.includes(at));
      const faults: string[] = [];
      let confirmed = 0;
      for (const at of points) {
        report(`dies at ${at}`);
        const count = countAt(at, perPoint);
        const die = WAYS[at] ?? dieUnderLoad;
        if (!(await die(deployment, at, count))) faults.push(`${at}: the process did not die there`);
        confirmed += count;
      }
      await deployment.spawn({ WARREN_ROLES: 'router,worker' });
      await waitUntil(
        async () => (await deployment.countOf("replays where status = 'RUNNING'")) === 0,
        60_000,
      );
      // What only the sweep finds is overdue for a minute first, and sent by the sweep after that.
      await deployment.settled(confirmed, 150_000);
      return await judge(deployment, points, faults);
    } finally {
      await deployment.end();
    }
  };

/** Lets a process die at a failpoint, with so many events. @returns whether it died of itself */
type Death = (deployment: Deployment, at: Failpoint, count: number) => Promise<boolean>;

const WAYS: Partial<Record<Failpoint, Death>> = {
  'api.claimed': dieAsked,
  'api.published': dieAsked,
  'replay.moved': dieReplaying,
  'sweep.claimed': dieSweeping,
};

function countAt(at: Failpoint, perPoint: number): number {
  if (at === 'replay.moved') return REPLAYED;
  if (at === 'sweep.claimed') return SWEPT;
  return at.startsWith('api.') ? 10 : perPoint;
}

const spawnVictim = (deployment: Deployment, at: Failpoint, roles: string): Promise<WarrenProcess> =>
  deployment.spawn({ WARREN_ROLES: roles, WARREN_FAILPOINT: `${at}:${NTH[at]}` });

async function hasDied(deployment: Deployment, victim: WarrenProcess): Promise<boolean> {
  const died = await waitUntil(() => victim.hasEnded(), 30_000).then(
    () => true,
    () => false,
  );
  await victim.signal('SIGKILL');
  deployment.processes.splice(deployment.processes.indexOf(victim), 1);
  return died;
}

async function dieUnderLoad(deployment: Deployment, at: Failpoint, count: number): Promise<boolean> {
  const victim = await spawnVictim(deployment, at, 'router,worker');
  const kinds = at === 'gate.released' ? ['gated'] : IN_TURN;
  const types = kinds.map((kind) => `${prefixOf(at)}.${kind}`);
  await deployment.generate({ types, count, inFlight: 20 }).done;
  if (at === 'route.rejected') await publishMalformed(deployment);
  return hasDied(deployment, victim);
}

async function dieAsked(deployment: Deployment, at: Failpoint, count: number): Promise<boolean> {
  const victim = await spawnVictim(deployment, at, 'api');
  await publishThrough(deployment, victim, { at, count });
  return hasDied(deployment, victim);
}

/** Dies in the midst of a replay of what it has delivered. */
async function dieReplaying(deployment: Deployment, at: Failpoint, count: number): Promise<boolean> {
  const victim = await spawnVictim(deployment, at, 'router,worker');
  const type = `${prefixOf(at)}.again`;
  await deployment.generate({ types: [type], count }).done;
  const delivered = `deliveries where event_type = '${type}' and status = 4`;
  await waitUntil(async () => (await deployment.countOf(delivered)) === count, 30_000);
  const [endpoint] = await deployment.sql<{ id: Buffer }>(
    'select endpoint_id as id from deliveries where event_type = ? limit 1',
    [type],
  );
  if (endpoint) await replayOf(deployment.tenant(), { endpointId: encodeId('endpoint', endpoint.id) });
  return hasDied(deployment, victim);
}

/** `warren reconcile` dies after it has claimed what the broker lost; its successor finds that overdue again. */
async function dieSweeping(deployment: Deployment, at: Failpoint, count: number): Promise<boolean> {
  const { env, namespace } = deployment;
  const router = await deployment.spawn({ WARREN_ROLES: 'router', WARREN_DIRECT_DISPATCH: 'false' });
  const type = `${prefixOf(at)}.ok`;
  await deployment.generate({ types: [type], count }).done;
  const routed = `deliveries where event_type = '${type}'`;
  await waitUntil(async () => (await deployment.countOf(routed)) === count, 30_000);
  await router.signal('SIGTERM');
  deployment.processes.splice(deployment.processes.indexOf(router), 1);
  const stranger = await meetStranger(env.AMQP_URL ?? '');
  await stranger.purge(`${namespace}.deliver`);
  await stranger.close();
  await letMinutesPass(deployment);
  const { code } = await runWarren('reconcile', { ...env, WARREN_FAILPOINT: at, LOG_LEVEL: 'warn' });
  await letMinutesPass(deployment);
  await runWarren('reconcile', { ...env, LOG_LEVEL: 'warn' });
  return code === null;
}

const letMinutesPass = ({ sql }: Deployment): Promise<unknown> =>
  sql('update deliveries set next_attempt_at = next_attempt_at - interval 5 minute where status in (1, 2)');

/** A caller that gets no answer sends the same again, through another process. */
async function publishThrough(
  deployment: Deployment,
  victim: WarrenProcess,
  { at, count }: { at: Failpoint; count: number },
): Promise<void> {
  const type = `${prefixOf(at)}.ok`;
  const tenant = deployment.tenant();
  for (let n = 0; n < count; n++) {
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
  points: readonly Failpoint[],
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
    maxDuplicates: FAILPOINTS.length * 2 * WINDOW,
    rejected: { min: MALFORMED, max: 4 * MALFORMED },
  });
  const books = await readBooks(deployment, { subscribers, maxDuplicates: FAILPOINTS.length * 2 * WINDOW });
  const duplicates: Record<string, number> = {};
  for (const at of points) {
    const verdict = account(booksOf(books, (type) => type.startsWith(`${prefixOf(at)}.`)));
    duplicates[at] = verdict.figures.duplicates ?? 0;
    faults.push(...verdict.faults.map((fault) => `${at}: ${fault}`));
  }
  return { figures: { ...whole.figures, duplicatesAt: duplicates }, faults: [...faults, ...whole.faults] };
}
