import { waitUntil } from '../../support/wait-until';
import type { WarrenProcess } from '../../support/warren-process';
import { closeBooks } from '../accounting';
import { deploy } from '../deployment';
import type { Scenario } from '../scenario';

const WINDOW = 50;
const SUBSCRIBERS = { 'load.ok': ['/one', '/two'], 'load.flaky': ['/flaky'] };
const ROLES = ['router,worker', 'worker', 'router', 'api'];

/**
 * kill -9 of router, worker and API in turn, under load. One process has both roles and dispatches directly; beside it
 * is one of each role, which takes over.
 */
export const killLoop: Scenario = async ({ servers, form, report }) => {
  const { events, kills } = form === 'long' ? { events: 20_000, kills: 24 } : { events: 1200, kills: 5 };
  const deployment = await deploy(servers, { WARREN_WINDOW: String(WINDOW) });
  try {
    await deployment.subscribe('load.ok', '/one?delay=5');
    await deployment.subscribe('load.ok', '/two?delay=5');
    await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [1, 1, 1] });
    const running: WarrenProcess[] = [];
    for (const roles of ROLES) running.push(await deployment.spawn({ WARREN_ROLES: roles }));
    // So that there is load at the last kill as at the first.
    const perSecond = form === 'long' ? 400 : 300;
    const generator = deployment.generate({
      types: Object.keys(SUBSCRIBERS),
      count: events,
      inFlight: 100,
      perSecond,
    });
    for (let kill = 1; kill <= kills; kill++) {
      // By what has arrived: a part is always routed, a part under way, a part waiting.
      const due = Math.round((kill * events * 2) / (kills + 1));
      await waitUntil(async () => (await deployment.receiver.count()) >= due, 120_000);
      const at = (kill - 1) % ROLES.length;
      await running[at]?.signal('SIGKILL');
      report(`kill ${kill}: ${ROLES[at] ?? ''} after ${generator.confirmed()} events`);
      running[at] = await deployment.spawn({ WARREN_ROLES: ROLES[at] });
    }
    await generator.done;
    report('all confirmed');
    await deployment.settled(events, 120_000);
    report('all settled');
    const { figures, faults } = await closeBooks(deployment, {
      subscribers: SUBSCRIBERS,
      maxDuplicates: kills * 2 * WINDOW,
    });
    return { figures: { kills, ...figures }, faults };
  } finally {
    await deployment.end();
  }
};
