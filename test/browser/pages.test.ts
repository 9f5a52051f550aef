import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../support/browser/browser';
import { faultsInBothColours, seriousFaults } from '../support/browser/serious-faults';
import { makeGraphqlClient } from '../support/graphql-client';
import { saveEventType } from '../support/event-types';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let browser: TestBrowser;
let acme: TenantUnderTest;
let portal: string;
let deliveryId: string;
let sourceId: string;

const HOSTILE = '<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>';
/** A NUL, and what a byte that is no UTF-8 has become. */
const NO_TEXT = '\u0000\u0001\ufffd';

beforeAll(async () => {
  warren = await deployWarren();
  const { app, graphqlUrl } = await warren.start();
  portal = `${app.url}/portal`;
  receiver = await startReceiver();
  receiver.answer(() => ({
    status: 500,
    headers: { 'content-type': 'text/html', 'x-note': HOSTILE },
    body: `${HOSTILE}${NO_TEXT}`,
  }));
  browser = await openBrowser();
  acme = await warren.tenant('acme', graphqlUrl);
  await acme.endpoint({ url: receiver.url('/broken'), name: 'Broken', eventTypes: ['order.*'] });
  await acme.endpoint({ url: receiver.url('/other'), name: 'Other', eventTypes: ['refund.*'] });
  const operator = makeGraphqlClient(graphqlUrl, warren.operatorKey, { 'warren-tenant': 'acme' });
  const total = {
    type: 'object',
    required: ['amount'],
    properties: { amount: { type: 'integer', minimum: 0 } },
  };
  const schema = {
    type: 'object',
    required: ['total'],
    properties: { total: { anyOf: [{ type: 'integer' }, total] } },
  };
  await saveEventType(operator, {
    name: 'order.placed',
    description: HOSTILE,
    example: { total: 1 },
    schema,
  });
  const { sourceCreate } = await operator.ask<{ sourceCreate: { source: { id: string } } }>(
    'mutation ($input: SourceCreateInput!) { sourceCreate(input: $input) { source { id } userErrors { message } } }',
    { input: { name: HOSTILE, provider: 'TWILIO', signingSecret: 'an auth token' } },
  );
  sourceId = sourceCreate.source.id;
  await acme.publish({ type: 'order.placed', data: { total: 40, note: HOSTILE } });
  await waitUntil(async () => (await acme.deliveries({ status: ['DEAD_LETTERED'] })).length === 1, 20_000);
  deliveryId = (await acme.deliveries())[0]?.id ?? '';
}, 60_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await warren.end();
  await receiver.close();
}, 60_000);

const PATHS = [
  ...['', '/live', '/deliveries', '/events', '/endpoints', '/sources', '/event-types', '/replay', '/keys'],
];
const go = async (page: Page, path: string): Promise<void> => {
  await page.goto(`${portal}${path}`);
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
  await waitUntil(async () => (await page.locator('[aria-busy=true]').count()) === 0);
};
/** The real paths of the pages that are about one thing. */
async function detailPaths(): Promise<string[]> {
  const delivery = await acme.delivery(deliveryId);
  return [
    ...[`/deliveries/${deliveryId}`, `/events/${delivery.event.id}`, `/endpoints/${delivery.endpoint.id}`],
    ...[`/sources/${sourceId}`, '/event-types/order.placed', '/no-such-page'],
  ];
}

describe('signing in', () => {
  it('tells in an alert that a wrong key is wrong, and takes the right one', async () => {
    const page = await browser.open();
    await page.goto(portal);
    await page.getByLabel('API key').fill('wrn_nobody-has-this-key-at-all');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'Sign in again' }).waitFor();
    await page.getByLabel('API key').fill(acme.key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const links = await page.getByRole('navigation').getByRole('link').allInnerTexts();
    expect(links.map((text) => text.trim())).toEqual([
      ...[
        'Overview',
        'Live',
        'Deliveries',
        'Events',
        'Endpoints',
        'Sources',
        'Event types',
        'Replay',
        'Keys',
      ],
    ]);
    expect(await page.getByRole('main').count()).toBe(1);
  });

  it('takes the token of a portal session out of the address at once, and acts for its tenant alone', async () => {
    const { portalSessionCreate } = await acme.client.ask<{ portalSessionCreate: { url: string } }>(
      'mutation ($id: ID!) { portalSessionCreate(input: { tenantId: $id }) { url userErrors { message } } }',
      { id: acme.id },
    );
    expect(portalSessionCreate.url.startsWith(`${portal}#token=`)).toBe(true);
    const page = await browser.open();
    await page.goto(`${portalSessionCreate.url}&color=0a7d5c&scheme=dark`);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(page.url()).not.toContain('token');
    expect(await page.evaluate('document.documentElement.dataset.mantineColorScheme')).toBe('dark');
    expect(await page.getByRole('navigation').innerText()).toContain('acme');
  });

  it('lets an operator choose the tenant to act for', async () => {
    const page = await browser.signIn(portal, warren.operatorKey);
    await page.getByLabel('Tenant').selectOption('acme');
    await page.getByRole('navigation').getByText('acme').first().waitFor();
    await page.getByRole('link', { name: 'Deliveries' }).click();
    await page.getByRole('list', { name: 'Deliveries' }).getByText('order.placed').first().waitFor();
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByRole('list', { name: 'Changes' }).getByText('Endpoint created').first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });
});

describe('the event types', () => {
  it('are a contract to download, of the tenant that is signed in', async () => {
    const page = await browser.signIn(`${portal}/event-types`, acme.key);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'OpenAPI' }).click();
    const { webhooks } = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as {
      webhooks: object;
    };
    expect(Object.keys(webhooks)).toContain('order.placed.v1');
  });
});

describe('the first load', () => {
  const LIMIT_BYTES = 300_000;

  it('is less than 300 kB of JavaScript over the wire, with the charts of the overview', async () => {
    const page = await browser.signIn(portal, acme.key);
    await page.getByRole('img', { name: /attempts/ }).waitFor();
    await page.getByRole('img', { name: /99 of 100/ }).waitFor();
    const scripts = await page.evaluate<{ sent: number; unpacked: number }[]>(
      `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
        .map(({ encodedBodySize, decodedBodySize }) => ({ sent: encodedBodySize, unpacked: decodedBodySize }))`,
    );
    const sent = scripts.reduce((sum, script) => sum + script.sent, 0);
    const unpacked = scripts.reduce((sum, script) => sum + script.unpacked, 0);
    // As it came over the wire: the compressed files, and all of them.
    expect(unpacked).toBeGreaterThan(2 * sent);
    expect(unpacked).toBeGreaterThan(LIMIT_BYTES);
    expect(sent).toBeLessThan(LIMIT_BYTES);
  });
});

const SCREENS = {
  wide: { width: 1440, scheme: 'light' },
  narrow: { width: 375, scheme: 'dark' },
} as const;
const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - window.innerWidth');

describe('every page', () => {
  it('is accessible and fits at 1440 px in light and at 375 px in dark colours', async () => {
    const page = await browser.signIn(portal, acme.key);
    for (const [at, path] of [...PATHS, ...(await detailPaths())].entries()) {
      // Loading is slow: each page is loaded on one screen, and then has to fit the other.
      const screens = at % 2 === 0 ? [SCREENS.wide, SCREENS.narrow] : [SCREENS.narrow, SCREENS.wide];
      for (const [nth, { width, scheme }] of screens.entries()) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        if (nth === 0) await go(page, path);
        // What is drawn by its width is drawn again in the next frames.
        else await waitUntil(async () => (await overflowOf(page)) === 0).catch(() => undefined);
        const faults = await seriousFaults(page);
        const overflow = await overflowOf(page);
        expect({ path, width, faults, overflow }).toEqual({ path, width, faults: [], overflow: 0 });
      }
    }
  }, 120_000);
});

/** What Tab stops at from here on, until it comes round: what it is, and whether one sees that it is there. */
async function tabStops(page: Page): Promise<string[]> {
  const stops: string[] = [];
  for (let at = 0; at < 80; at++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<string | null>(`(() => {
      const { activeElement: at } = document;
      if (at === document.body) return null;
      const field = at.matches('input, select, textarea');
      const isSeen = field || getComputedStyle(at).outlineStyle !== 'none';
      return at.tagName.toLowerCase() + (isSeen ? '' : ' without a ring');
    })()`);
    if (stop === null) return stops;
    stops.push(stop);
  }
  return stops;
}

describe('a list that cannot be read', () => {
  it('says so, not that there is nothing, and is there once it can be read again', async () => {
    const page = await browser.signIn(portal, acme.key);
    await page.route('**/graphql', (route) => route.abort());
    await page.getByRole('link', { name: 'Endpoints' }).click();
    await page.getByRole('alert').getByText('Warren cannot be reached').waitFor();
    expect(await page.getByText('No endpoint yet').count()).toBe(0);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('list', { name: 'Endpoints' }).getByText('Broken', { exact: true }).waitFor();
  });
});

describe('by Tab', () => {
  it('one stops at what one can use, and sees where one is', async () => {
    const page = await browser.signIn(portal, acme.key);
    const paths = ['', '/deliveries', ...(await detailPaths()).slice(0, 3)];
    for (const path of paths) {
      await go(page, path);
      if (path === '') await page.getByRole('img', { name: /99 of 100/ }).waitFor();
      const stops = await tabStops(page);
      expect(stops.length).toBeGreaterThan(12);
      const wrong = stops.filter((stop) => stop === 'g' || stop.endsWith('without a ring'));
      expect({ path, wrong }).toEqual({ path, wrong: [] });
    }
  }, 60_000);

  it('the navigation can be skipped', async () => {
    const page = await browser.signIn(portal, acme.key);
    await go(page, '/endpoints');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('New endpoint');
  });
});

describe('a delivery', () => {
  it('shows why it failed, each attempt, and markup and what is no text in stored answers as text', async () => {
    const page = await browser.signIn(`${portal}/deliveries/${deliveryId}`, acme.key);
    await page.getByText('The receiver broke (HTTP 500)').waitFor();
    expect(await page.getByRole('list', { name: 'Attempts' }).getByRole('button').count()).toBe(3);
    expect(await page.getByRole('region', { name: 'Response body' }).textContent()).toBe(
      `${HOSTILE}${NO_TEXT}`,
    );
    expect(await page.getByRole('table', { name: 'Response headers' }).innerText()).toContain(HOSTILE);
    await page.getByRole('tab', { name: 'Request' }).click();
    await page.getByRole('region', { name: 'Request body' }).getByText('"total": 40').waitFor();
    for (const language of ['Node', 'Python', 'Go', 'PHP', 'Ruby']) {
      await page.getByRole('tab', { name: language }).click();
      expect(await page.getByRole('region', { name: 'Code' }).innerText()).toMatch(/verify/i);
    }
    await page.getByRole('link', { name: /^evt_/ }).click();
    const verdict = (name: string) => page.getByRole('listitem').filter({ hasText: name });
    await verdict('Other').getByText('type order.placed does not match refund.*').waitFor();
    await verdict('Broken').getByText('matched').waitFor();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
  });

  it('can be sent again, and turns to Delivered while one looks at it', async () => {
    const page = await browser.signIn(`${portal}/deliveries/${deliveryId}`, acme.key);
    receiver.answer(() => ({ status: 200 }));
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.locator('[data-status=DELIVERED]').waitFor();
    expect(await page.getByRole('list', { name: 'Attempts' }).getByRole('button').count()).toBe(4);
  });
});

describe('a new endpoint', () => {
  it('is made, tested and given its secret by keyboard alone', async () => {
    const page = await browser.signIn(`${portal}/endpoints`, acme.key);
    await page.getByRole('button', { name: 'New endpoint' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('URL').waitFor();
    await page.locator('[type=url]:focus').waitFor();
    await page.keyboard.type('not a url');
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert');
    await alert.getByText('url').waitFor();
    // One sentence; the eleven other forms are for who asks for more.
    expect(await alert.innerText()).toContain('a URL begins with https:// or http://.');
    expect((await alert.innerText()).length).toBeLessThan(90);
    expect(await faultsInBothColours(page)).toEqual([]);
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(receiver.url('/new'));
    await page.keyboard.press('Tab');
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Tab');
    await page.keyboard.type('invoice.*');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'By keyboard' }).waitFor();
    await page.getByRole('button', { name: 'Send test' }).press('Enter');
    await page.getByRole('heading', { name: 'It arrived' }).waitFor();
    expect(receiver.at('/new')).toHaveLength(1);
    expect(await page.content()).not.toContain('whsec_');
    await page.getByRole('button', { name: 'Show secret' }).press('Enter');
    await page.getByRole('region', { name: 'Secret' }).getByText('whsec_').waitFor();
  });
});

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
