import { meetStranger } from '../../support/outsiders/stranger';
import { waitUntil } from '../../support/wait-until';
import { closeBooks } from '../accounting';
import { deploy } from '../deployment';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.ok': ['/ok'] };
/** src/broker/topology.ts: how often a message comes back before it is parked. */
const DELIVERY_LIMIT = 20;
const tenant = { tenant: 'acme' };

/** Messages that are no events: each is parked with a reason, at once. */
const MALFORMED: { body: Buffer | string; headers?: Record<string, unknown> }[] = [
  { body: 'not JSON' },
  { body: '' },
  { body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
  { body: '['.repeat(100_000) + ']'.repeat(100_000) },
  { body: Buffer.alloc(8_000_000, '1') },
  { body: '{}', headers: {} },
  { body: '{}', headers: { tenant: 'nobody' } },
  { body: '{}', headers: { ...tenant, version: 'newest' } },
  { body: '{}', headers: { ...tenant, 'warren-event-id': 'evt_1' } },
];
/** Messages that the workers' handler fails at, each time they come back. */
const UNREADABLE = [Buffer.from('no head line'), Buffer.from('{"v":99}\n'), Buffer.alloc(0)];

/** Poison in both queues, under load: it is parked, the others flow, and nothing goes round for ever. */
export const poison: Scenario = async ({ servers, form, report }) => {
  const { events, portions } =
    form === 'long' ? { events: 5000, portions: 50 } : { events: 300, portions: 3 };
  const deployment = await deploy(servers, { WARREN_WINDOW: '50' });
  try {
    await deployment.subscribe('load.ok', '/ok');
    const worker = await deployment.spawn({ WARREN_ROLES: 'router,worker' });
    const generator = deployment.generate({ types: ['load.ok'], count: events, perSecond: 100 });
    const stranger = await meetStranger(servers.amqpUrl);
    const { namespace } = deployment;
    for (let portion = 0; portion < portions; portion++) {
      for (const { body, headers = tenant } of MALFORMED) {
        await stranger.publish(`${namespace}.events`, 'load.ok', body, { headers });
      }
      for (const body of UNREADABLE) await stranger.publish(`${namespace}.deliveries`, 'due', body);
    }
    await stranger.close();
    report('all poison is published');
    const parked = portions * (MALFORMED.length + UNREADABLE.length);
    await waitUntil(async () => (await deployment.depth('rejected')) >= parked, 120_000);
    await generator.done;
    await deployment.settled(events, 120_000);
    const handledInVain = worker.logged('deliver.failed');
    const died = worker.hasEnded();
    const { figures, faults } = await closeBooks(deployment, {
      subscribers: SUBSCRIBERS,
      maxDuplicates: 0,
      rejected: { min: parked, max: parked },
    });
    const most = portions * UNREADABLE.length * (DELIVERY_LIMIT + 1);
    if (died) faults.push('the process died of it');
    if (handledInVain > most) faults.push(`handled ${handledInVain} times in vain, ${most} may have been`);
    return { figures: { parked, handledInVain, ...figures }, faults };
  } finally {
    await deployment.end();
  }
};
