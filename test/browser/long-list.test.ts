import type { Page, Request } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../support/browser/browser';
import { countCalls, measureScrolling } from '../support/browser/measure-scrolling';
import { seedDelivery } from '../support/seed/seed-deliveries';
import { seedLongList } from '../support/seed/seed-long-list';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const DELIVERIES = 100_000;
const PAGE = 100;
const PAGES = 12;
/** What fits on the screen, and what is kept ready above and below it. */
const MOST_ROWS = 60;

let warren: WarrenUnderTest;
let browser: TestBrowser;
let acme: TenantUnderTest;
let portal: string;
let newest: string[];

beforeAll(async () => {
  warren = await deployWarren();
  const { app, graphqlUrl } = await warren.start({ WARREN_ROLES: 'api' });
  portal = `${app.url}/portal`;
  browser = await openBrowser();
  acme = await warren.tenant('acme', graphqlUrl);
  const { id, subscriptions } = await acme.endpoint({ url: 'http://127.0.0.1:9/', eventTypes: ['#'] });
  const of = { tenantId: acme.id, endpointId: id, subscriptionId: subscriptions[0]?.id ?? '' };
  const seeded = await seedDelivery(warren.database, of);
  const list = { ...of, ...seeded, count: DELIVERIES };
  newest = [seeded.deliveryId, ...(await seedLongList(warren.database, list, PAGE * (PAGES + 8)))];
}, 120_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await warren.end();
}, 60_000);

/** The cursors after which pages of the list were asked for. */
function watchPages(page: Page): (string | null)[] {
  const cursors: (string | null)[] = [];
  page.on('request', (request: Request) => {
    const body = request.postData() ?? '';
    if (!body.includes('query Deliveries')) return;
    cursors.push((JSON.parse(body) as { variables: { after?: string | null } }).variables.after ?? null);
  });
  return cursors;
}

/**
 * A fast fling: four rows a frame, over what is loaded and on into what is not. Fifty milliseconds are a long task by the
 * W3C's words (https://www.w3.org/TR/longtasks-1/). Both bounds of time are for a machine whose caches others use, too. Calls are
 * the same on every machine: 11,900 a frame; 19,600 with all rows laid out anew when one comes, 28,200 with a tooltip in each.
 */
const SMOOTH = { frames: 360, pixels: 212, longestMs: 50, averageMs: 25, callsPerFrame: 15_000 };

describe(`a list of ${DELIVERIES.toLocaleString('en')} deliveries`, () => {
  it('has few rows in the document, and asks for a page by its cursor when one comes near it', async () => {
    const page = await browser.signIn(portal, acme.key);
    const cursors = watchPages(page);
    await page.getByRole('link', { name: 'Deliveries' }).click();
    const rows = page.getByRole('list', { name: 'Deliveries' }).getByRole('listitem');
    await rows.first().waitFor();
    expect(cursors).toEqual([null]);

    const counts: number[] = [];
    const lastIndex = async (): Promise<number> => Number(await rows.last().getAttribute('data-index'));
    // Down a screen at a time, as people do, until the last of so many pages.
    await waitUntil(async () => {
      await page.mouse.wheel(0, 4000);
      counts.push(await rows.count());
      return (await lastIndex()) >= PAGE * PAGES - 1;
    }, 60_000);
    expect(Math.max(...counts)).toBeLessThan(MOST_ROWS);
    expect(new Set(cursors).size).toBe(cursors.length);
    expect(cursors.length).toBeGreaterThanOrEqual(PAGES);
    expect(cursors.length).toBeLessThan(PAGES + 4);

    // Nothing is left out between the pages, and nothing is there twice.
    const links = await page.evaluate<[number, string][]>(
      `[...document.querySelectorAll('[role=listitem]')].map((row) =>
        [Number(row.dataset.index), row.querySelector('a').getAttribute('href').split('/').at(-1)])`,
    );
    const known = links.filter(([index]) => index < newest.length);
    expect(known.length).toBeGreaterThan(10);
    for (const [index, id] of known) expect(id).toBe(newest[index]);

    await page.evaluate('window.scrollTo(0, 0)');
    await waitUntil(async () => (await rows.first().getAttribute('data-index')) === '0');
    expect(await rows.count()).toBeLessThan(MOST_ROWS);

    const { tasksMs, frames } = await measureScrolling(page, SMOOTH);
    expect(frames).toBe(SMOOTH.frames);
    expect(tasksMs.length).toBeGreaterThan(SMOOTH.frames);
    expect(Math.max(...tasksMs)).toBeLessThan(SMOOTH.longestMs);
    expect(tasksMs.reduce((sum, ms) => sum + ms, 0) / frames).toBeLessThan(SMOOTH.averageMs);
    expect(await countCalls(page, SMOOTH)).toBeLessThan(SMOOTH.callsPerFrame);
  }, 150_000);
});

it('goes on where a page ends empty before the list does', async () => {
  const page = await browser.signIn(portal, acme.key);
  const asked: (string | null)[] = [];
  await page.route('**/graphql', async (route, request) => {
    const body = request.postDataJSON() as { query: string; variables: { after?: string | null } };
    if (!body.query.includes('query Deliveries')) return route.continue();
    const after = body.variables.after ?? null;
    asked.push(after);
    if (after === 'further') body.variables.after = null;
    if (after !== null) return route.continue({ postData: JSON.stringify(body) });
    const deliveries = { nodes: [], pageInfo: { endCursor: 'further', hasNextPage: true } };
    return route.fulfill({ json: { data: { deliveries } } });
  });
  await page.getByRole('link', { name: 'Deliveries' }).click();
  await page.getByRole('list', { name: 'Deliveries' }).getByRole('listitem').first().waitFor();
  expect(asked.slice(0, 2)).toEqual([null, 'further']);
}, 60_000);

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
