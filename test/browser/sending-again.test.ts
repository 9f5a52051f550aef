import { execFileSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { openBrowser, type TestBrowser } from '../support/browser/browser';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { faultsInBothColours } from '../support/browser/serious-faults';
import { seedDelivery } from '../support/seed/seed-deliveries';
import type { MadeEndpoint, TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let browser: TestBrowser;
let acme: TenantUnderTest;
let endpoint: MadeEndpoint;
let portal: string;

const DEAD = 3;

/** The API alone at first: what is asked for stays to be done until somebody is there to do it. */
beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '600' });
  const { app, graphqlUrl } = await warren.start({ WARREN_ROLES: 'api' });
  portal = `${app.url}/portal`;
  receiver = await startReceiver();
  browser = await openBrowser();
  acme = await warren.tenant('acme', graphqlUrl);
  endpoint = await acme.endpoint({ url: receiver.url('/orders'), name: 'Orders', eventTypes: ['#'] });
  const subscriptionId = endpoint.subscriptions[0]?.id ?? '';
  const seed = {
    tenantId: acme.id,
    endpointId: endpoint.id,
    subscriptionId,
    status: 'DEAD_LETTERED',
  } as const;
  for (let n = 0; n < DEAD; n++) await seedDelivery(warren.database, seed);
}, 60_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await warren.end();
  await receiver.close();
}, 60_000);

const main = (page: Page) => page.getByRole('main');

describe('a replay', () => {
  it('is chosen, counted, run and watched, and can be cancelled', async () => {
    const page = await browser.signIn(portal, acme.key);
    await page.getByRole('link', { name: 'Replay' }).click();
    const replays = page.getByRole('list', { name: 'Replays' }).getByRole('listitem');

    await page.route('**/graphql', async (route, request) => {
      if (!(request.postData() ?? '').includes('query CountDeliveries')) return route.continue();
      return route.fulfill({
        json: { data: { deliveries: { totalCount: 10_000, totalCountIsExact: false } } },
      });
    });
    await page.getByRole('button', { name: 'Count first' }).click();
    await main(page).getByText('At least 10,000 would be sent again.').waitFor();
    await page.getByRole('button', { name: 'Send all of them again' }).waitFor();
    await page.unroute('**/graphql');

    await page.getByLabel('Types').fill('nothing.like.it');
    await page.getByRole('button', { name: 'Count first' }).click();
    await main(page).getByText('Nothing fits.').waitFor();
    await page.getByLabel('Types').fill('');
    await page.getByLabel('To', { exact: true }).selectOption({ label: 'Orders' });
    await page.getByRole('button', { name: 'Count first' }).click();
    await main(page).getByText(`${DEAD} would be sent again.`).waitFor();
    await page.getByRole('button', { name: `Send ${DEAD} again` }).click();
    await replays.locator('[data-status=RUNNING]').waitFor();
    await replays.getByRole('progressbar').waitFor({ state: 'attached' });
    expect(await replays.innerText()).toContain(`0 of ${DEAD}`);
    expect(await faultsInBothColours(page)).toEqual([]);
    await replays.getByRole('button', { name: 'Cancel' }).click();
    await replays.locator('[data-status=CANCELLED]').waitFor();

    await page.getByRole('button', { name: 'Count first' }).click();
    await page.getByRole('button', { name: `Send ${DEAD} again` }).click();
    await replays.locator('[data-status=RUNNING]').waitFor();
    await warren.start({ WARREN_ROLES: 'router,worker' });
    await replays.locator('[data-status=COMPLETED]').waitFor({ timeout: 20_000 });
    expect(await replays.first().innerText()).toContain(`${DEAD} of ${DEAD}`);
    await waitUntil(() => receiver.at('/orders').length === DEAD, 20_000);
    expect(await replays.count()).toBe(2);
  }, 60_000);
});

describe('a delivery that waits for its next attempt', () => {
  async function failingDelivery(): Promise<Page> {
    receiver.answer(() => ({ status: 503, body: "it isn't ready" }));
    const type = 'order.placed';
    const { eventId } = await acme.publish({ type, data: { note: "O'Hara's $HOME `id`" } });
    await waitUntil(
      async () => (await acme.deliveries({ eventId, status: ['RETRYING'] })).length === 1,
      20_000,
    );
    const [delivery] = await acme.deliveries({ eventId });
    const page = await browser.signIn(`${portal}/deliveries/${delivery?.id ?? ''}`, acme.key);
    await main(page).getByRole('heading', { level: 1, name: type }).waitFor();
    return page;
  }

  it('counts down to it, and is cancelled while one looks at it', async () => {
    const page = await failingDelivery();
    const next = page.getByRole('list', { name: 'Attempts' }).getByText(/^in \d+:\d\d$/);
    const secondsLeft = async (): Promise<number> => {
      const [, minutes, seconds] = /^in (\d+):(\d\d)$/.exec(await next.innerText()) ?? [];
      return Number(minutes) * 60 + Number(seconds);
    };
    const before = await secondsLeft();
    // The rung, which has some jitter.
    expect(before).toBeGreaterThan(400);
    expect(before).toBeLessThan(800);
    await waitUntil(async () => (await secondsLeft()) < before);
    await page.getByRole('button', { name: 'Cancel delivery' }).click();
    await page.locator('[data-status=CANCELLED]').waitFor();
    expect(await next.count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Cancel delivery' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Send again' }).waitFor();
  }, 30_000);

  it('can be copied as curl, which a shell reads as the very request that was sent', async () => {
    const page = await failingDelivery();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    // The shell tells what curl would be given, so that no curl is needed here.
    const words = execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${command}`], {
      encoding: 'utf8',
    });
    const [method, , url, ...options] = words.split('\0').slice(0, -1);
    const after = (flag: string): string[] =>
      options.flatMap((word, at) => (options[at - 1] === flag ? [word] : []));
    const [body = ''] = after('--data-raw');
    const sent = receiver.at('/orders').at(-1);
    expect([method, url]).toEqual(['-X', receiver.url('/orders')]);
    expect(body).toBe(String(sent?.body));
    const headers = Object.fromEntries(
      after('-H').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
    );
    new Webhook(endpoint.secret).verify(body, headers);
  }, 30_000);
});

describe('a delivery that did not arrive', () => {
  it('says why in words, in the list and on its page', async () => {
    const subscriptionId = endpoint.subscriptions[0]?.id ?? '';
    const of = { tenantId: acme.id, endpointId: endpoint.id, subscriptionId };
    const seed = (status: 'CANCELLED' | 'DEAD_LETTERED', lastError: string) =>
      seedDelivery(warren.database, { ...of, status, lastError, type: 'invoice.sent' });
    await seed('DEAD_LETTERED', 'CONNECTION_REFUSED');
    await seed('DEAD_LETTERED', 'HTTP_500');
    // Cancelled by hand: its last failure stays.
    await seed('CANCELLED', 'HTTP_418');
    const { deliveryId } = await seed('CANCELLED', 'SUBSCRIPTION_DELETED');
    const page = await browser.signIn(`${portal}/deliveries`, acme.key);
    const list = main(page);
    for (const words of ['connection refused · 1 attempt', 'HTTP 500 · 1 attempt', 'HTTP 418 · 1 attempt'])
      await list.getByText(words).waitFor();
    await list.getByText('its subscription was deleted').click();
    await page.waitForURL(new RegExp(deliveryId));
    await main(page).getByText('its subscription was deleted').waitFor();
  });

  it('is shown without what a page can do without, where the script of that cannot be had', async () => {
    const { deliveryId } = await seedDelivery(warren.database, {
      tenantId: acme.id,
      endpointId: endpoint.id,
      subscriptionId: endpoint.subscriptions[0]?.id ?? '',
      type: 'invoice.paid',
    });
    const page = await browser.signIn(portal, acme.key);
    const refused = page.waitForEvent('requestfailed', (request) => request.url().includes('/verify-help'));
    await page.route('**/verify-help*.js', (route) => route.abort());
    await page.goto(`${portal}/deliveries/${deliveryId}`);
    await refused;
    // What it would break breaks by then.
    await page.waitForTimeout(500);
    await main(page).getByText('HTTP 200 in 12 ms').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await main(page).getByText('Verify the signature').count()).toBe(0);
  });
});

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
