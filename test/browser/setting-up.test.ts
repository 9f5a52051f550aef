import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { openBrowser, type TestBrowser } from '../support/browser/browser';
import { saveEventType } from '../support/event-types';
import { makeGraphqlClient } from '../support/graphql-client';
import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import { faultsInBothColours } from '../support/browser/serious-faults';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let browser: TestBrowser;
let portal: string;
let graphqlUrl: string;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  const started = await warren.start();
  graphqlUrl = started.graphqlUrl;
  portal = `${started.app.url}/portal`;
  receiver = await startReceiver();
  browser = await openBrowser();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await warren.end();
  await receiver.close();
}, 60_000);

const main = (page: Page) => page.getByRole('main');
const endpointPage = async (id: string): Promise<Page> => {
  const page = await browser.signIn(`${portal}/endpoints/${id}`, acme.key);
  await main(page).getByRole('heading', { level: 1 }).waitFor();
  return page;
};

describe('an empty tenant', () => {
  it('is led from nothing to its first delivery that the receiver has verified', async () => {
    const fresh = await warren.tenant('fresh', graphqlUrl);
    const beganMs = Date.now();
    const page = await browser.signIn(portal, fresh.key);
    await page.getByRole('heading', { name: 'Your first delivery' }).waitFor();
    await main(page).getByRole('button', { name: 'New endpoint' }).click();
    await page.getByLabel('URL').fill(receiver.url('/first'));
    await page.getByLabel('Event types').fill('order.*');
    expect(await faultsInBothColours(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create' }).click();
    await main(page).getByText('127.0.0.1').first().waitFor();

    const secret = await secretOf(fresh);
    receiver.answer((arrival) => ({ status: isVerified(arrival, secret) ? 204 : 401 }));
    await page.getByRole('button', { name: 'Publish order.hello' }).click();
    await page.getByRole('status').filter({ hasText: 'It arrived' }).waitFor();
    await page.getByRole('heading', { name: 'Verify the signature' }).waitFor();
    expect(Date.now() - beganMs).toBeLessThan(120_000);
    expect(receiver.at('/first')).toHaveLength(1);

    await page.getByRole('link', { name: 'See request and answer' }).click();
    await page.locator('[data-status=DELIVERED]').waitFor();
  }, 60_000);

  async function secretOf(tenant: TenantUnderTest): Promise<string> {
    const { endpoints } = await tenant.client.ask<{ endpoints: { nodes: { secret: string }[] } }>(
      '{ endpoints { nodes { secret } } }',
    );
    return endpoints.nodes[0]?.secret ?? '';
  }

  function isVerified({ body, headers }: Arrival, secret: string): boolean {
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  }
});

describe('the settings of an endpoint', () => {
  it('are all in the form, and what is hidden in a header stays as it is', async () => {
    const { id } = await acme.endpoint({
      url: receiver.url('/set'),
      name: 'Set',
      headers: { 'x-team': 'blue' },
    });
    const page = await endpointPage(id);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Requests a second').fill('12.5');
    await page.getByLabel('Requests at once').fill('3');
    await page.getByLabel('Answer within').fill('7');
    await page.getByLabel('In order').check();
    await page.getByLabel('Retry after').fill('1');
    await page.getByLabel('Body').selectOption('CLOUDEVENTS');
    expect(await faultsInBothColours(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await main(page).getByText('CloudEvents 1.0').waitFor();
    const { endpoint } = await acme.client.ask<{ endpoint: unknown }>(
      `query ($id: ID!) { endpoint(id: $id) {
        rateLimitPerSecond maxInFlight timeoutMs ordered retrySchedule payloadFormat headers } }`,
      { id },
    );
    expect(endpoint).toEqual({
      ...{ rateLimitPerSecond: 12.5, maxInFlight: 3, timeoutMs: 7000, ordered: true, retrySchedule: [1] },
      ...{ payloadFormat: 'CLOUDEVENTS', headers: { 'x-team': 'blue' } },
    });
  }, 30_000);

  it('that the API refuses are named in an alert', async () => {
    const { id } = await acme.endpoint({ url: receiver.url('/wrong'), name: 'Wrong' });
    const page = await endpointPage(id);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Requests at once').fill('5000');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('maxInFlight').waitFor();
    expect(await faultsInBothColours(page)).toEqual([]);
  }, 30_000);

  it('rotate the secret, and say until when the old one signs', async () => {
    const { id } = await acme.endpoint({ url: receiver.url('/rotate'), name: 'Rotate' });
    const page = await endpointPage(id);
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByText('Two secrets sign each request').waitFor();
    expect(await page.getByText(/The old one ends/).innerText()).toMatch(/in (24|23):\d\d/);
    await page.getByLabel('The old secret').selectOption('0');
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByText('Two secrets sign each request').waitFor({ state: 'detached' });
  }, 30_000);

  it('pause it, and resume with the newest of each ordering key alone', async () => {
    const { id } = await acme.endpoint({ url: receiver.url('/pause'), name: 'Pause', eventTypes: ['tick'] });
    const page = await endpointPage(id);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('[data-status=PAUSED]').waitFor();
    for (const n of [1, 2]) await acme.publish({ type: 'tick', data: { n }, orderingKey: 'k' });
    await waitUntil(async () => (await acme.deliveries({ status: ['HELD'], endpointId: id })).length === 2);
    await page.reload();
    await main(page).getByText('2 deliveries wait for it').waitFor();
    await main(page).getByText('It is paused. They go out when it is resumed.').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByLabel('Of each ordering key, deliver the newest alone').check();
    expect(await faultsInBothColours(page)).toEqual([]);
    await page.getByRole('button', { name: 'Resume now' }).click();
    await page.locator('[data-status=ACTIVE]').waitFor();
    await waitUntil(() => receiver.at('/pause').length > 0, 20_000);
    expect(JSON.parse(String(receiver.at('/pause')[0]?.body))).toMatchObject({ data: { n: 2 } });
    const cancelled = await acme.deliveries({ status: ['CANCELLED'], endpointId: id });
    expect(cancelled).toHaveLength(1);
  }, 60_000);
});

describe('a subscription', () => {
  it('shows what recent events would become while its filter and transform are written', async () => {
    const { id } = await acme.endpoint({ url: receiver.url('/shape'), name: 'Shape' });
    for (const total of [5, 50]) await acme.publish({ type: 'sale.made', data: { total } });
    const page = await endpointPage(id);
    await page.getByRole('button', { name: 'Subscribe to more' }).click();
    await page.getByLabel('Event types', { exact: true }).fill('sale.made');
    const preview = page.getByRole('region', { name: 'Preview' });
    await waitUntil(async () => {
      const isThere = (await preview.count()) > 0;
      return isThere && (await preview.innerText()).includes('Of the last 2 events it would get 2');
    });
    await page.getByLabel('Filter').fill('{"data": {"total": [{"numeric": [">", 10]}]}}');
    await preview.getByText('Of the last 2 events it would get 1').waitFor();
    await page.getByLabel('Transform').fill('{ "euro": data.total / 100 }');
    await preview.getByRole('region', { name: 'Body' }).first().getByText('"euro": 0.5').waitFor();
    expect(await faultsInBothColours(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await main(page).getByText('{ "euro": data.total / 100 }').waitFor();
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await main(page).getByText('It gets nothing yet').waitFor();
  }, 30_000);
});

describe('the event types', () => {
  it('show the schema for people, the example, and what changed between versions', async () => {
    const operator = makeGraphqlClient(graphqlUrl, warren.operatorKey, { 'warren-tenant': 'acme' });
    const name = 'order.placed';
    await saveEventType(operator, {
      ...{ name, description: 'A customer has paid.', example: { id: 'o-1', coupon: '<b>x</b>' } },
      schema: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string', description: 'Yours.' }, coupon: { type: 'string' } },
      },
    });
    await saveEventType(operator, {
      ...{ name, version: 2, example: { id: 'o-2' }, deprecated: true },
      schema: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, note: {} } },
    });
    const page = await browser.signIn(portal, acme.key);
    await page.getByRole('link', { name: 'Event types' }).click();
    await page.getByRole('list', { name: 'Event types' }).getByText('A customer has paid.').click();

    const row = (property: string) =>
      page.getByRole('row').filter({ has: page.getByText(property, { exact: true }) });
    await row('id').getByText('required', { exact: true }).waitFor();
    expect(await row('id').innerText()).toMatch(/string[\s\S]*Yours\./);
    expect(await page.getByRole('region', { name: 'Example' }).innerText()).toContain('<b>x</b>');

    await page.getByText('v2', { exact: true }).click();
    await page.getByText('Version 2 is deprecated').waitFor();
    await row('note').getByText('new', { exact: true }).waitFor();
    const changes = page.getByRole('list', { name: 'Changes' });
    expect(await changes.innerText()).toMatch(/receivers\s+data\.coupon gone\s+was optional/);
    expect(await faultsInBothColours(page)).toEqual([]);
  }, 30_000);
});

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
