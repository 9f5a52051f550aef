import { randomUUID } from 'node:crypto';
import { sign } from '@octokit/webhooks-methods';
import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../support/browser/browser';
import { makeGraphqlClient } from '../support/graphql-client';
import { faultsInBothColours } from '../support/browser/serious-faults';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let browser: TestBrowser;
let acme: TenantUnderTest;
let portal: string;
let graphqlUrl: string;

beforeAll(async () => {
  warren = await deployWarren();
  const started = await warren.start();
  graphqlUrl = started.graphqlUrl;
  portal = `${started.app.url}/portal`;
  browser = await openBrowser();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await warren.end();
}, 60_000);

const main = (page: Page) => page.getByRole('main');

async function keyWith(scopes: string[]): Promise<string> {
  const operator = makeGraphqlClient(graphqlUrl, warren.operatorKey);
  const { apiKeyCreate } = await operator.ask<{ apiKeyCreate: { plainKey: string } }>(
    'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { plainKey userErrors { message } } }',
    { input: { tenantId: acme.id, name: 'sources', scopes } },
  );
  return apiKeyCreate.plainKey;
}

/** As GitHub sends it. @returns the status of the answer */
async function send(address: string, secret: string): Promise<number> {
  const body = JSON.stringify({ action: 'opened', issue: { number: 1 } });
  const { status } = await fetch(address, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', 'x-github-event': 'issues' },
      ...{ 'x-github-delivery': randomUUID(), 'x-hub-signature-256': await sign(secret, body) },
    },
    body,
  });
  return status;
}

describe('a source', () => {
  it('is made, connected, given a second secret beside the first, disabled and deleted', async () => {
    const page = await browser.signIn(portal, await keyWith(['sources:write', 'events:read']));
    await page.getByRole('link', { name: 'Sources' }).click();
    await main(page).getByText('No source yet').waitFor();
    await page.getByRole('button', { name: 'New source' }).click();
    await page.getByText('Pushes, issues, pull requests').click();
    await page.getByRole('button', { name: 'Make one up' }).click();
    const secret = await page.getByLabel('Secret', { exact: true }).inputValue();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    await page.getByLabel('Event types begin with').fill('code');
    await page.getByText('code.issues.opened').waitFor();
    expect(await faultsInBothColours(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create' }).click();

    await main(page).getByRole('heading', { level: 1, name: 'GitHub' }).waitFor();
    await page.locator('[data-status=WAITING]').waitFor();
    await main(page).getByText('Settings › Webhooks › Add webhook').waitFor();
    const address = await page.getByRole('region', { name: 'Address' }).innerText();
    expect(await page.content()).not.toContain(secret);
    expect(await send(address, 'somebody-else')).toBe(404);
    await page.locator('[data-status=REFUSING]').waitFor();
    await main(page).getByText('The reason: its signature fits none of the secrets.').waitFor();
    expect(await send(address, secret)).toBe(200);
    await page.locator('[data-status=RECEIVING]').waitFor();
    await page.getByRole('list', { name: 'Newest events' }).getByText('code.issues.opened').waitFor();
    expect(await faultsInBothColours(page)).toEqual([]);

    await page.getByLabel('New secret').fill('the-second-secret');
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByText('Two secrets are good').waitFor();
    expect(await page.getByText(/The old one ends/).innerText()).toMatch(/in (24|23):\d\d/);
    expect(await page.getByLabel('New secret').inputValue()).toBe('');
    expect([await send(address, secret), await send(address, 'the-second-secret')]).toEqual([200, 200]);

    await page.getByRole('button', { name: 'Disable' }).click();
    await page.locator('[data-status=SWITCHED_OFF]').waitFor();
    expect(await send(address, secret)).toBe(403);
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.locator('[data-status=RECEIVING]').waitFor();

    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Keep it' }).waitFor();
    expect(await faultsInBothColours(page)).toEqual([]);
    await page.getByRole('button', { name: 'Keep it' }).click();
    expect(await send(address, secret)).toBe(200);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await main(page).getByText('No source yet').waitFor();
    expect(await send(address, secret)).toBe(404);
  }, 60_000);

  it('is made by keyboard before its secret is known, which then replaces what was made up', async () => {
    const page = await browser.signIn(`${portal}/sources`, await keyWith(['sources:write']));
    await page.getByRole('button', { name: 'New source' }).press('Enter');
    await page.locator('[type=radio]:focus').waitFor();
    await page.getByText('Until then every request is refused').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Our payments');
    await page.keyboard.press('Enter');

    await main(page).getByRole('heading', { level: 1, name: 'Our payments' }).waitFor();
    await main(page).getByText('Developers › Webhooks › Add destination').waitFor();
    await page.getByLabel('New secret').focus();
    await page.keyboard.type('sk_live_no-signing-secret');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('begins with whsec_').waitFor();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('whsec_the-real-one');
    await page.keyboard.press('Enter');
    await page.getByText('The new secret is good from now on').waitFor();
    expect(await page.getByText('Two secrets are good').count()).toBe(0);
    await page.getByRole('link', { name: 'Sources' }).last().press('Enter');
    await page.getByRole('list', { name: 'Sources' }).getByText('Our payments').waitFor();
    expect(await faultsInBothColours(page)).toEqual([]);
  }, 60_000);

  it('is shown to whoever may see endpoints, without what changes it, and to nobody else', async () => {
    const page = await browser.signIn(portal, await keyWith(['endpoints:read']));
    await page.getByRole('link', { name: 'Sources' }).click();
    await page.getByRole('list', { name: 'Sources' }).getByText('Our payments').click();
    await page.getByRole('region', { name: 'Address' }).waitFor();
    for (const name of ['Disable', 'Edit', 'Delete', 'Rotate secret'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
  }, 30_000);
});

describe('a key', () => {
  it('with a single scope sees a heading on every page, and what its scope does not allow in words', async () => {
    const page = await browser.signIn(portal, await keyWith(['events:read']));
    await main(page).getByText('Figures are not shown to you').waitFor();
    const links = page.getByRole('navigation').getByRole('link');
    expect(await links.allInnerTexts()).not.toContain('Sources');
    for (let at = 0; at < (await links.count()); at++) {
      await links.nth(at).click();
      const name = (await links.nth(at).innerText()).trim();
      await main(page).getByRole('heading', { level: 1, name }).waitFor();
    }
  }, 30_000);

  it('is made with chosen scopes, told once, and signs nobody in once it is revoked', async () => {
    const page = await browser.signIn(portal, warren.operatorKey);
    await page.getByLabel('Tenant').selectOption('acme');
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByLabel('What it is for').fill('Connecting providers');
    await page.getByLabel('sources:write').check();
    await page.getByRole('button', { name: 'Make key' }).click();
    const key = await page.getByRole('region', { name: 'Key' }).innerText();
    expect(key).toMatch(/^wrn_/);
    const row = main(page).getByRole('listitem').filter({ hasText: 'Connecting providers' });
    await row.getByText('events:publish, sources:write').waitFor();
    await page.reload();
    await row.waitFor();
    expect(await page.content()).not.toContain(key);

    const theirs = await browser.signIn(portal, key);
    await theirs.getByRole('link', { name: 'Sources' }).click();
    await main(theirs).getByText('Our payments').waitFor();
    await row.getByRole('button', { name: 'Revoke' }).click();
    await row.getByRole('button', { name: 'Revoke for good' }).click();
    await row.waitFor({ state: 'detached' });
    await waitUntil(async () => {
      await theirs.reload();
      await main(theirs).getByRole('heading', { level: 1 }).waitFor();
      return (await theirs.getByLabel('API key').count()) > 0;
    }, 20_000);
  }, 30_000);
});

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
