import { waitUntil } from '../../support/wait-until';
import type { WarrenProcess } from '../../support/warren-process';
import { closeBooks } from '../accounting';
import { deploy } from '../deployment';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.ok': ['/one', '/two'], 'load.flaky': ['/flaky'] };
const ROLES = ['router,worker', 'router,worker', 'api'];

/** Of each round: a successor may have another number than the process beside it. */
const SHARDS = ['1', '4'];
const shardsOf = (round: number): string => SHARDS[round % SHARDS.length] ?? '1';

/**
 * SIGTERM to one process after another, its successor started first: nothing lost, and nothing twice. Each round takes the
 * deployment from one shard to four, or back.
 */
export const rollingRestart: Scenario = async ({ servers, form, report }) => {
  const { events, rounds } = form === 'long' ? { events: 10_000, rounds: 5 } : { events: 800, rounds: 1 };
  const deployment = await deploy(servers, { WARREN_WINDOW: '50', WARREN_SHARDS: '4' });
  try {
    await deployment.subscribe('load.ok', '/one?delay=20');
    await deployment.subscribe('load.ok', '/two?delay=20');
    await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [1, 1] });
    const running: WarrenProcess[] = [];
    const start = (roles: string | undefined, round: number): Promise<WarrenProcess> =>
      deployment.spawn({ WARREN_ROLES: roles, WARREN_SHARDS: shardsOf(round) });
    for (const roles of ROLES) running.push(await start(roles, 0));
    const generator = deployment.generate({ types: Object.keys(SUBSCRIBERS), count: events, perSecond: 200 });
    const restarts = rounds * ROLES.length;
    const exitCodes: (number | null)[] = [];
    let slowestStopMs = 0;
    for (let restart = 1; restart <= restarts; restart++) {
      const due = Math.round((restart * events) / (restarts + 1));
      await waitUntil(async () => (await deployment.receiver.count()) >= due, 120_000);
      const at = (restart - 1) % ROLES.length;
      const before = running[at];
      const round = Math.ceil(restart / ROLES.length);
      running[at] = await start(ROLES[at], round);
      const askedAtMs = performance.now();
      exitCodes.push((await before?.signal('SIGTERM')) ?? null);
      slowestStopMs = Math.max(slowestStopMs, Math.round(performance.now() - askedAtMs));
      report(`restart ${restart}: ${ROLES[at] ?? ''} with WARREN_SHARDS=${shardsOf(round)}`);
    }
    await generator.done;
    await deployment.settled(events, 120_000);
    const { figures, faults } = await closeBooks(deployment, { subscribers: SUBSCRIBERS, maxDuplicates: 0 });
    if (exitCodes.some((code) => code !== 0)) faults.push(`processes ended with ${exitCodes.join(', ')}`);
    return { figures: { restarts, slowestStopMs, ...figures }, faults };
  } finally {
    await deployment.end();
  }
};
