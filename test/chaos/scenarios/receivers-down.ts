import { waitUntil } from '../../support/wait-until';
import { closeBooks } from '../accounting';
import { deploy } from '../deployment';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.down': ['/down'] };
const SCHEDULE = [2, 2, 4, 4, 8, 8, 15, 15, 30, 30, 60, 60, 120, 120, 120, 120];

/**
 * A receiver is away for a while and comes back to all that has gathered. The ladder's sub-rungs spread what comes;
 * most requests in one second are on record here.
 */
export const receiversDown: Scenario = async ({ servers, form, report }) => {
  const { events, downMs } =
    form === 'long' ? { events: 10_000, downMs: 600_000 } : { events: 600, downMs: 5000 };
  const deployment = await deploy(servers, {
    WARREN_RETRY_SCHEDULE: '2,4,8,15,30,60,120',
    WARREN_WINDOW: '100',
  });
  try {
    await deployment.subscribe('load.down', '/down', { retrySchedule: SCHEDULE });
    await deployment.receiver.down();
    const awaySinceMs = performance.now();
    await deployment.spawn({ WARREN_ROLES: 'router,worker' });
    await deployment.generate({ types: ['load.down'], count: events }).done;
    const tried = 'deliveries where attempt_count >= 1';
    await waitUntil(async () => (await deployment.countOf(tried)) === events, 120_000);
    report(`${events} have failed once`);
    await waitUntil(() => performance.now() - awaySinceMs >= downMs, downMs + 60_000);
    await deployment.receiver.up();
    report('the receiver is back');
    await deployment.settled(events, 400_000);
    const mostInOneSecond = busiestSecond(await deployment.receiver.times());
    const { figures, faults } = await closeBooks(deployment, { subscribers: SUBSCRIBERS, maxDuplicates: 0 });
    return { figures: { downSeconds: downMs / 1000, mostInOneSecond, ...figures }, faults };
  } finally {
    await deployment.end();
  }
};

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
