import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtFile } from '../../support/built-file';
import { waitUntil } from '../../support/wait-until';
import { closeBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import { readLedger, type ReceivedEntry } from '../ledger';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.flaky': ['/flaky'] };
const TEN_MINUTES_MS = 600_000;
const DELAY_SECONDS = 4;
/** The shortest sub-rung is 85 % of its rung, and the two times are taken some milliseconds apart. */
const SHORTEST_WAIT_MS = DELAY_SECONDS * 850 - 100;

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

/** One worker is ten minutes ahead, one ten minutes behind, and the router's clock leaps by an hour and back. */
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
    await waitUntil(async () => (await requests()) > events * 1.2, 60_000);
    const whileAhead = await countWrongDueTimes(deployment);
    leaping.set(-3_600_000);
    report('the router is an hour behind');
    await generator.done;
    const whileBehind = await countWrongDueTimes(deployment);
    await deployment.settled(events, 120_000);
    const wait = shortestWait(readLedger<ReceivedEntry>(deployment.ledgers.received));
    const { figures, faults } = await closeBooks(deployment, { subscribers: SUBSCRIBERS, maxDuplicates: 0 });
    if (whileAhead + whileBehind > 0)
      faults.push(`${whileAhead + whileBehind} deliveries were due at a time of somebody's own`);
    if (wait < SHORTEST_WAIT_MS) faults.push(`a retry came after ${wait} ms already`);
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

/** By the receiver's clock, between an attempt and the next. */
function shortestWait(received: readonly ReceivedEntry[]): number {
  const at = new Map(received.map(({ id, attempt, atMs }) => [`${id}/${attempt}`, atMs]));
  const waits = received.flatMap(({ id, attempt, atMs }) => {
    const before = at.get(`${id}/${attempt - 1}`);
    return before === undefined ? [] : [atMs - before];
  });
  return Math.min(...waits);
}
