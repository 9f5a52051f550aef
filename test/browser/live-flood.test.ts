import { setTimeout as sleep } from 'node:timers/promises';
import { idBytes, newId } from '../../src/domain/ids';
import { changeRoutingKey } from '../../src/messages/delivery-change';
import { openBrowser, type TestBrowser } from '../support/browser/browser';
import { measureScrolling } from '../support/browser/measure-scrolling';
import { seedChanges, type ChangesToSeed } from '../support/seed/seed-changes';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** Of a stream in which something happens all the time, the page keeps so many rows. */
const ROWS = 300;
const CHANGES_AT_ONCE = 20;
/** Together up to 200 a second; as many as a busy machine brings about. */
const EVERY_MS = 100;

/**
 * As for long lists: of more than a thousand tasks hardly one is a long one by the W3C's words
 * (https://www.w3.org/TR/longtasks-1/), as when the browser collects its garbage; a page that draws itself anew for each change has one
 * at each. Both bounds are for a machine whose caches others use, too.
 */
const SMOOTH = { frames: 360, pixels: 106, longMs: 50, longTasks: 3, averageMs: 25 };

let warren: WarrenUnderTest;
let browser: TestBrowser;
let acme: TenantUnderTest;
let portal: string;
let seed: ChangesToSeed;

beforeAll(async () => {
  warren = await deployWarren();
  const { app, graphqlUrl } = await warren.start({ WARREN_ROLES: 'api' });
  portal = `${app.url}/portal`;
  browser = await openBrowser();
  acme = await warren.tenant('acme', graphqlUrl);
  const { id, subscriptions } = await acme.endpoint({ url: 'http://127.0.0.1:9/', eventTypes: ['#'] });
  seed = {
    ...{ tenantId: acme.id, endpointId: id, subscriptionId: subscriptions[0]?.id ?? '' },
    count: CHANGES_AT_ONCE,
  };
}, 60_000);
afterAll(async () => {
  await browser.close();
  await warren.end();
}, 60_000);

/** Changes in the log as recording leaves them, and the message that says how far the log is, until it is stopped. */
function startFlood(): { stop: () => Promise<void> } {
  let isOn = true;
  const flood = async (): Promise<void> => {
    while (isOn) {
      await seedChanges(warren.database, seed);
      const [counter] = await warren.sql<{ seq: string }>(
        'select seq from tenant_counters where tenant_id = ?',
        [idBytes('tenant', acme.id)],
      );
      const change = {
        ...{ tenantId: acme.id, tenantSlug: 'acme', seq: Number(counter?.seq), endpointId: seed.endpointId },
        ...{ deliveryId: newId('delivery'), eventId: newId('event'), eventType: 'seeded' },
        ...{ status: 'DELIVERED' as const, attempt: 1, atMs: Date.now() },
      };
      await warren.stranger.publish(
        warren.queue('status'),
        changeRoutingKey(change),
        JSON.stringify(change),
        { mandatory: false },
      );
      await sleep(EVERY_MS);
    }
  };
  const flooding = flood();
  return {
    async stop() {
      isOn = false;
      await flooding;
    },
  };
}

describe('the live page, while changes come all the time', () => {
  it('scrolls smoothly, and stays as long as it is', async () => {
    const page = await browser.signIn(portal, acme.key);
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    const rows = page.getByRole('list', { name: 'Changes' }).getByRole('listitem');
    const flood = startFlood();
    await waitUntil(async () => (await rows.count()) === ROWS, 90_000);
    const newest = await rows.first().innerText();

    const { tasksMs, frames } = await measureScrolling(page, SMOOTH);
    await flood.stop();
    expect(frames).toBe(SMOOTH.frames);
    expect(tasksMs.length).toBeGreaterThan(SMOOTH.frames);
    expect(tasksMs.filter((ms) => ms >= SMOOTH.longMs).length).toBeLessThanOrEqual(SMOOTH.longTasks);
    expect(tasksMs.reduce((sum, ms) => sum + ms, 0) / frames).toBeLessThan(SMOOTH.averageMs);
    expect(await rows.count()).toBe(ROWS);
    expect(await rows.first().innerText()).not.toBe(newest);
  }, 180_000);
});

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
