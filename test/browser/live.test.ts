import { openBrowser, type TestBrowser } from '../support/browser';
import { freePorts } from '../../src/provision/free-port';
import { startReceiver, type Receiver } from '../support/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let browser: TestBrowser;
let acme: TenantUnderTest;
let port: string;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,2,600' });
  port = String((await freePorts(1))[0]);
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'router,worker,api' });
  receiver = await startReceiver();
  browser = await openBrowser();
  acme = await warren.tenant('acme', graphqlUrl);
  await acme.endpoint({ url: receiver.url('/hook'), name: 'Hook', eventTypes: ['#'] });
}, 60_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await warren.end();
  await receiver.close();
}, 60_000);

describe('the live page', () => {
  it('shows an event within a second, and after a restart of the API what came meanwhile', async () => {
    const first = await warren.spawn({ WARREN_ROLES: 'api', WARREN_PORT: port });
    const page = await browser.signIn(`${first.url}/portal`, acme.key);
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    const changes = page.getByRole('list', { name: 'Changes' });

    // Until the first one shows, it is not known that the stream is open.
    await waitUntil(async () => {
      await acme.publish({ type: 'ready.yet' });
      return (await changes.count()) > 0;
    }, 20_000);
    // The quickest of a few: on a busy machine, one may wait for the machine.
    const tookMs: number[] = [];
    for (let n = 1; n <= 8 && Math.min(...tookMs) >= 1000; n++) {
      const atMs = Date.now();
      await acme.publish({ type: `seen.at.once.${n}` });
      await changes.getByText(`seen.at.once.${n}`).waitFor();
      tookMs.push(Date.now() - atMs);
    }
    expect(Math.min(...tookMs)).toBeLessThan(1000);

    await first.signal('SIGKILL');
    await page.getByText('Connecting…').waitFor();
    await acme.publish({ type: 'while.away' });
    await waitUntil(
      async () => (await acme.deliveries({ types: ['while.away'] }))[0]?.status === 'DELIVERED',
    );
    await warren.spawn({ WARREN_ROLES: 'api', WARREN_PORT: port });
    await changes.getByText('while.away').waitFor({ timeout: 15_000 });
    const row = changes.getByRole('listitem').filter({ hasText: 'while.away' });
    await row.locator('[data-status=DELIVERED]').waitFor();
    expect(await row.count()).toBe(1);
  }, 60_000);

  it('takes what comes while it is paused, and shows it afterwards', async () => {
    const { url } = await warren.spawn({ WARREN_ROLES: 'api' });
    const page = await browser.signIn(`${url}/portal`, acme.key);
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    const changes = page.getByRole('list', { name: 'Changes' });
    await waitUntil(async () => {
      await acme.publish({ type: 'ready.yet' });
      return (await changes.count()) > 0;
    }, 20_000);
    await page.getByRole('button', { name: 'Pause' }).click();
    await acme.publish({ type: 'during.pause' });
    await page.getByRole('button', { name: /waiting/ }).waitFor();
    expect(await changes.getByText('during.pause').count()).toBe(0);
    await page.getByRole('button', { name: /waiting/ }).click();
    await changes.getByText('during.pause').waitFor();
  }, 60_000);
});

describe('pages that are open while the API restarts', () => {
  it('show afterwards what a delivery has become meanwhile, in a list and by itself', async () => {
    receiver.answer(({ path }) => ({ status: path === '/later' ? 503 : 204 }));
    const later = await acme.endpoint({
      ...{ url: receiver.url('/later'), name: 'Later', eventTypes: ['only.later'], retrySchedule: [600] },
    });
    const [ownPort] = await freePorts(1);
    const first = await warren.spawn({ WARREN_ROLES: 'api', WARREN_PORT: String(ownPort) });
    await acme.publish({ type: 'only.later' });
    const waiting = () => acme.deliveries({ endpointId: later.id, status: ['RETRYING'] });
    await waitUntil(async () => (await waiting()).length === 1, 20_000);
    const id = (await waiting())[0]?.id ?? '';
    const deliveries = `${first.url}/portal/deliveries`;
    const list = await browser.signIn(`${deliveries}?endpoint=${later.id}`, acme.key);
    const one = await browser.signIn(`${deliveries}/${id}`, acme.key);
    for (const page of [list, one]) await page.locator('[data-status=RETRYING]').waitFor();

    await first.signal('SIGKILL');
    receiver.answer(() => ({}));
    await acme.client.ask('mutation ($id: ID!) { deliveryRetry(id: $id) { delivery { id } } }', { id });
    await waitUntil(async () => (await acme.delivery(id)).status === 'DELIVERED', 20_000);
    await warren.spawn({ WARREN_ROLES: 'api', WARREN_PORT: String(ownPort) });
    for (const page of [list, one])
      await page.locator('[data-status=DELIVERED]').waitFor({ timeout: 15_000 });
  }, 60_000);
});

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
