import { waitUntil } from '../../support/wait-until';
import { closeBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import { readLedger, type ReceivedEntry } from '../ledger';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.down': ['/down', '/capped'] };
/** Long enough for the time that the receiver is away. */
const SCHEDULES = {
  short: [2, 2, 4, 4, 8, 8, 15, 15, 30, 30, 60, 60],
  long: [30, 60, 60, 120, 120, 120, 120, 120, 120, 120, 120],
};
/** Of an endpoint's limit in any second, by the clock of whoever sends; a receiver may be late, and then sees a bunch. */
const MOST_SENT = 1.1;
const MOST_SEEN = 2;

/**
 * A receiver is away for a while and comes back to all that has gathered, at two endpoints. One has no limit: the
 * ladder's sub-rungs spread what comes. The other has, and gets no more in any second, however much waits.
 */
export const receiversDown: Scenario = async ({ servers, form, report }) => {
  const { events, downMs, cap } =
    form === 'long' ? { events: 10_000, downMs: 600_000, cap: 50 } : { events: 200, downMs: 5000, cap: 50 };
  const deployment = await deploy(servers, {
    WARREN_RETRY_SCHEDULE: '2,4,8,15,30,60,120',
    WARREN_WINDOW: '100',
  });
  try {
    await deployment.subscribe('load.down', '/down', { retrySchedule: SCHEDULES[form] });
    await deployment.subscribe('load.down', '/capped', {
      retrySchedule: SCHEDULES[form],
      rateLimitPerSecond: cap,
    });
    await deployment.receiver.down();
    const awaySinceMs = performance.now();
    await deployment.spawn({ WARREN_ROLES: 'router,worker' });
    await deployment.spawn({ WARREN_ROLES: 'worker' });
    await deployment.generate({ types: ['load.down'], count: events }).done;
    const tried = `deliveries d join endpoints e on e.id = d.endpoint_id
      where d.attempt_count >= 1 and e.rate_limit_per_second is null`;
    await waitUntil(async () => (await deployment.countOf(tried)) === events, Math.max(120_000, downMs));
    report(`${events} have failed once`);
    await waitUntil(() => performance.now() - awaySinceMs >= downMs, downMs + 60_000);
    await deployment.receiver.up();
    const backAtMs = Date.now();
    report('the receiver is back');
    await deployment.settled(events, 900_000);
    const received = readLedger<ReceivedEntry>(deployment.ledgers.received);
    const times = (path: string): number[] =>
      received.flatMap((entry) => (entry.path === path ? [entry.atMs] : []));
    const most = { capped: busiestSecond(times('/capped')), uncapped: busiestSecond(times('/down')) };
    const cappedSeconds = (Math.max(...times('/capped')) - backAtMs) / 1000;
    const { figures, faults } = await closeBooks(deployment, { subscribers: SUBSCRIBERS, maxDuplicates: 0 });
    const sent = busiestSecond(await timesSent(deployment));
    if (sent > cap * MOST_SENT || most.capped > cap * MOST_SEEN)
      faults.push(`${sent} requests were made in one second and ${most.capped} came, ${cap} were allowed`);
    const outcome = { downSeconds: downMs / 1000, cap, mostSentInOneSecond: sent, mostInOneSecond: most };
    return { figures: { ...outcome, cappedSeconds, ...figures }, faults };
  } finally {
    await deployment.end();
  }
};

/** When each request to the endpoint with a limit was made, while it was away and after. */
async function timesSent({ sql }: Deployment): Promise<number[]> {
  const rows = await sql<{ at: Date }>(
    `select a.at from delivery_attempts a join deliveries d on d.id = a.delivery_id
     join endpoints e on e.id = d.endpoint_id where e.rate_limit_per_second is not null`,
  );
  return rows.map(({ at }) => at.getTime());
}

function busiestSecond(timesMs: readonly number[]): number {
  const sorted = [...timesMs].sort((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [at, timeMs] of sorted.entries()) {
    while ((sorted[from] ?? 0) <= timeMs - 1000) from++;
    most = Math.max(most, at - from + 1);
  }
  return most;
}
