import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../support/browser/browser';
import { faultsInBothColours } from '../support/browser/serious-faults';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let started: Started;
let browser: TestBrowser;
let portal: string;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_INSPECTOR: 'true' });
  started = await warren.start();
  portal = `${started.app.url}/portal`;
  browser = await openBrowser();
}, 60_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await warren.end();
}, 60_000);

const main = (page: Page) => page.getByRole('main');
const toInspectors = (page: Page) =>
  page.getByRole('navigation').getByRole('link', { name: 'Inspector' }).click();
const requests = (page: Page) => page.getByRole('list', { name: 'Requests' });

it('an inspector shows what an endpoint sends to it, verified, while one looks, and answers as it is told', async () => {
  const acme = await warren.tenant('acme', started.graphqlUrl);
  const page = await browser.signIn(portal, acme.key);
  await toInspectors(page);
  await main(page).getByText('No inspector').waitFor();
  await page.getByRole('button', { name: 'New inspector' }).click();
  await main(page).getByText('Nothing yet').waitFor();
  const url = await main(page).locator('.title-line code').innerText();

  await page.getByRole('button', { name: 'New endpoint' }).click();
  expect(await page.getByLabel('URL').inputValue()).toBe(url);
  await page.getByLabel('Event types').fill('#');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByLabel('URL').waitFor({ state: 'detached' });

  await page.getByLabel('Status').fill('202');
  await page.getByLabel('Body, as plain text').fill('<b>taken</b>');
  await page.getByRole('button', { name: 'Save' }).click();
  await waitUntil(async () => {
    const { inspectors } = await acme.client.ask<{ inspectors: { nodes: { answer: { status: number } }[] } }>(
      '{ inspectors { nodes { answer { status } } } }',
    );
    return inspectors.nodes[0]?.answer.status === 202;
  });
  await acme.publish({ type: 'order.placed', data: { note: '<img src=x onerror=alert(1)>' } });
  await requests(page).getByText('POST /').waitFor();
  await requests(page).getByText('verified · answered 202').waitFor();
  const panel = page.getByRole('region', { name: 'Request body' });
  expect(await panel.innerText()).toContain('<img src=x onerror=alert(1)>');
  expect(await faultsInBothColours(page)).toEqual([]);
  await main(page).getByRole('link', { name: 'see the delivery' }).click();
  await page.locator('[data-status=DELIVERED]').first().waitFor();
  await page.getByText('<b>taken</b>').waitFor();
}, 60_000);

it('is offered as the receiver of a first delivery', async () => {
  const fresh = await warren.tenant('fresh', started.graphqlUrl);
  const page = await browser.signIn(portal, fresh.key);
  await page.getByRole('heading', { name: 'Your first delivery' }).waitFor();
  await page.getByRole('button', { name: 'Use an inspector' }).click();
  await page.getByRole('button', { name: 'Publish hello.world' }).click();
  await page.getByRole('status').filter({ hasText: 'It arrived' }).waitFor();
  await toInspectors(page);
  await page.getByRole('list', { name: 'Inspectors' }).getByRole('link', { name: 'Inspector' }).click();
  await requests(page).getByText('verified · answered 200').waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await main(page).getByText('No inspector').waitFor();
}, 60_000);

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
