import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtFile } from '../../support/built-file';
import { waitUntil } from '../../support/wait-until';
import { closeBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import { readLedger, type ReceivedEntry } from '../ledger';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = {
  'load.flaky': ['/flaky'],
  'load.scheduled': ['/scheduled'],
  'load.throttled': ['/throttled'],
};
const TEN_MINUTES_MS = 600_000;
const DELAY_SECONDS = 4;
/** The shortest sub-rung is 85 % of its rung, and the two times are taken some milliseconds apart. */
const SHORTEST_WAIT_MS = DELAY_SECONDS * 850 - 100;
/** Of each of what has a time of its own. */
const FEW = 20;
const SCHEDULED_AHEAD_MS = 8000;
const RETRY_AFTER_SECONDS = 6;
/** What was under way when the receiver asked for time has come by then. */
const UNDER_WAY_MS = 1500;

interface Clock {
  env: NodeJS.ProcessEnv;
  set(offsetMs: number): void;
}

/** The wall clock of a process, by a preloaded file of ours: nothing has to be installed. */
function makeClock({ ledgers }: Deployment, name: string, offsetMs: number): Clock {
  const file = join(dirname(ledgers.received), `clock-${name}`);
  const set = (ms: number): void => writeFileSync(file, String(ms));
  set(offsetMs);
  const preload = builtFile('test/chaos/skewed-clock.cjs');
  return { env: { NODE_OPTIONS: `--require ${preload}`, WARREN_TEST_CLOCK: file }, set };
}

/**
 * One worker is ten minutes ahead, one ten minutes behind, and the router's clock leaps by an hour and back. Retries,
 * scheduled events and a `Retry-After` keep to the time all the same.
 */
export const clocks: Scenario = async ({ servers, form, report }) => {
  const events = form === 'long' ? 4000 : 300;
  const deployment = await deploy(servers, {
    WARREN_RETRY_SCHEDULE: String(DELAY_SECONDS),
    WARREN_RETRY_LADDER: '1',
  });
  try {
    await deployment.subscribe('load.flaky', '/flaky?fail=2', {
      retrySchedule: Array(3).fill(DELAY_SECONDS),
    });
    await deployment.subscribe('load.scheduled', '/scheduled');
    await deployment.subscribe('load.throttled', `/throttled?after=${RETRY_AFTER_SECONDS}`);
    const ahead = makeClock(deployment, 'ahead', TEN_MINUTES_MS);
    const behind = makeClock(deployment, 'behind', -TEN_MINUTES_MS);
    const leaping = makeClock(deployment, 'leaping', 0);
    await deployment.spawn({ WARREN_ROLES: 'worker', ...ahead.env });
    await deployment.spawn({ WARREN_ROLES: 'worker', ...behind.env });
    await deployment.spawn({ WARREN_ROLES: 'router', ...leaping.env });
    const generator = deployment.generate({ types: ['load.flaky'], count: events, perSecond: 100 });
    const requests = async (): Promise<number> => deployment.receiver.count();
    await waitUntil(async () => (await requests()) > events / 3, 60_000);
    leaping.set(3_600_000);
    report('the router is an hour ahead');
    const deliverAt = new Date(Date.now() + SCHEDULED_AHEAD_MS).toISOString();
    const scheduled = deployment.generate({ types: ['load.scheduled'], count: FEW, deliverAt });
    const throttled = deployment.generate({ types: ['load.throttled'], count: FEW, perSecond: FEW / 4 });
    const areRouted = async (): Promise<boolean> =>
      (await deployment.countOf("events where type = 'load.scheduled'")) === FEW;
    await waitUntil(areRouted, 60_000);
    await waitUntil(async () => (await requests()) > events * 1.2, 60_000);
    const whileAhead = await countWrongDueTimes(deployment);
    leaping.set(-3_600_000);
    report('the router is an hour behind');
    await Promise.all([generator.done, scheduled.done, throttled.done]);
    const whileBehind = await countWrongDueTimes(deployment);
    await deployment.settled(events + 2 * FEW, 120_000);
    const received = readLedger<ReceivedEntry>(deployment.ledgers.received);
    const wait = shortestWait(received);
    const early = received.filter(
      ({ path, atMs }) => path === '/scheduled' && atMs < Date.parse(deliverAt),
    ).length;
    const hurried = countHurried(received);
    const { figures, faults } = await closeBooks(deployment, { subscribers: SUBSCRIBERS, maxDuplicates: 0 });
    if (whileAhead + whileBehind > 0)
      faults.push(`${whileAhead + whileBehind} deliveries were due at a time of somebody's own`);
    if (wait < SHORTEST_WAIT_MS) faults.push(`a retry came after ${wait} ms already`);
    if (early > 0) faults.push(`${early} scheduled events came early`);
    if (hurried > 0) faults.push(`${hurried} requests came while the receiver had asked for time`);
    return { figures: { shortestWaitMs: wait, ...figures }, faults };
  } finally {
    await deployment.end();
  }
};

/** Due times by which the sweep would send what is not overdue, or leave what is. */
function countWrongDueTimes({ countOf }: Deployment): Promise<number> {
  const farOff = `abs(timestampdiff(second, utc_timestamp(3), next_attempt_at)) > 60`;
  return countOf(`deliveries where status in (1, 2) and ${farOff}`);
}

/** Of the receiver that asks for time with its first answers. */
function countHurried(received: readonly ReceivedEntry[]): number {
  const times = received.flatMap(({ path, atMs }) => (path === '/throttled' ? [atMs] : []));
  const first = Math.min(...times);
  return times.filter((atMs) => atMs > first + UNDER_WAY_MS && atMs < first + RETRY_AFTER_SECONDS * 1000)
    .length;
}

/** By the receiver's clock, between an attempt and the next. */
function shortestWait(received: readonly ReceivedEntry[]): number {
  const at = new Map(received.map(({ id, attempt, atMs }) => [`${id}/${attempt}`, atMs]));
  const waits = received.flatMap(({ id, attempt, atMs }) => {
    const before = at.get(`${id}/${attempt - 1}`);
    return before === undefined ? [] : [atMs - before];
  });
  return Math.min(...waits);
}
