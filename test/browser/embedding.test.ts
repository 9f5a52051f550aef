import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../support/browser/browser';
import { startEmbeddingPage, type EmbeddingPage } from '../support/browser/embedding-page';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { seriousFaults } from '../support/browser/serious-faults';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let browser: TestBrowser;
let acme: TenantUnderTest;
let allowed: EmbeddingPage;
let stranger: EmbeddingPage;

beforeAll(async () => {
  [allowed, stranger] = await Promise.all([startEmbeddingPage(), startEmbeddingPage()]);
  warren = await deployWarren({ WARREN_PORTAL_FRAME_ORIGINS: allowed.origin });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  browser = await openBrowser();
  acme = await warren.tenant('acme', graphqlUrl);
  await acme.endpoint({ url: receiver.url('/hook'), name: 'Hook', eventTypes: ['#'] });
}, 60_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await warren.end();
  await Promise.all([receiver.close(), allowed.close(), stranger.close()]);
}, 60_000);

/** As a partner's server gets it. */
async function sessionUrl(look = ''): Promise<string> {
  const { portalSessionCreate } = await acme.client.ask<{ portalSessionCreate: { url: string } }>(
    'mutation ($id: ID!) { portalSessionCreate(input: { tenantId: $id }) { url userErrors { message } } }',
    { id: acme.id },
  );
  return `${portalSessionCreate.url}${look}`;
}

describe('in a frame of another site', () => {
  it('the portal works where that site is allowed, its live stream too', async () => {
    const page = await browser.open();
    await page.goto(allowed.around(await sessionUrl()));
    const portal = page.frameLocator('iframe');
    await portal.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await portal.getByRole('link', { name: 'Live', exact: true }).click();
    const changes = portal.getByRole('list', { name: 'Changes' });
    await waitUntil(async () => {
      await acme.publish({ type: 'in.a.frame' });
      return (await changes.count()) > 0;
    }, 20_000);
    await changes.getByText('in.a.frame').first().click();
    await portal.getByRole('heading', { level: 1, name: 'in.a.frame' }).waitFor();
    await portal.locator('[data-status=DELIVERED]').waitFor();
    expect(browser.complaints).toEqual([]);
  }, 60_000);

  it('is not shown anywhere else', async () => {
    const page = await browser.open();
    await page.goto(stranger.around(await sessionUrl()));
    await waitUntil(() => browser.complaints.length > 0);
    expect(browser.complaints.splice(0).join()).toMatch(/frame-ancestors/);
    await waitUntil(() => page.frames()[1]?.url() === 'chrome-error://chromewebdata/');
  });
});

describe('the look that a link asks for', () => {
  const LOGO = 'https://shop.example/logo.svg';
  const SVG =
    '<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28"><circle cx="14" cy="14" r="9"/></svg>';

  async function open(look: string): Promise<Page> {
    const page = await browser.open();
    await page.route(LOGO, (route) => route.fulfill({ contentType: 'image/svg+xml', body: SVG }));
    await page.goto(await sessionUrl(look));
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.getByRole('link', { name: 'Endpoints' }).click();
    await page.getByRole('button', { name: 'New endpoint' }).waitFor();
    return page;
  }
  const styleOf = (page: Page, selector: string, property: string) =>
    page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}'))['${property}']`);
  const tabOf = (page: Page) =>
    page.evaluate<{ title: string; icon: string }>(
      `({ title: document.title, icon: document.querySelector('link[rel=icon]').href })`,
    );
  const background = (page: Page) => styleOf(page, 'main button', 'backgroundColor');
  const logos = (page: Page) =>
    page.evaluate<string[]>(
      `[...document.querySelectorAll('.brand img')].filter((image) => image.naturalWidth > 0).map(({ src }) => src)`,
    );

  it('is its colour, logo and scheme', async () => {
    const page = await open(`&color=0a7d5c&logo=${LOGO}&scheme=dark`);
    expect(await background(page)).toBe('rgb(10, 125, 92)');
    await waitUntil(async () => (await logos(page)).includes(LOGO));
    expect(await page.evaluate('document.documentElement.dataset.mantineColorScheme')).toBe('dark');
    expect(await page.getByRole('navigation').innerText()).not.toContain('Warren');
    expect(await tabOf(page)).toEqual({ title: 'Endpoints · Webhooks', icon: LOGO });
  });

  it('is a name, where there is no logo beside an icon that is nobody’s', async () => {
    const page = await open('&name=Acme%20%3Cb%3EShop');
    expect(await page.getByRole('navigation').innerText()).toContain('Acme <b>Shop');
    const { title, icon } = await tabOf(page);
    expect(title).toBe('Endpoints · Acme <b>Shop');
    expect(icon).toContain('/portal/assets/plain');
  });

  it('is left out where it is no colour, or a logo that is not fetched safely', async () => {
    const page = await open('&color=red;}*{display:none&logo=javascript:alert(1)&scheme=pink');
    expect(await background(page)).toBe('rgb(79, 70, 229)');
    expect(await page.getByRole('navigation').innerText()).toContain('Warren');
    expect(await tabOf(page)).toMatchObject({
      title: 'Endpoints · Warren',
      icon: expect.stringContaining('/portal/assets/logo') as string,
    });
    expect((await logos(page)).every((src) => src.startsWith('data:') || src.includes('/portal/'))).toBe(
      true,
    );
  });

  it.each([
    ['ffd400', 'light'],
    ['101010', 'dark'],
    ['ffffff', 'light'],
  ])(
    'can be read in the colour #%s, in %s colours',
    async (color, scheme) => {
      const page = await open(`&color=${color}&scheme=${scheme}`);
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('link', { name: 'Deliveries' }).click();
      await page.getByRole('list', { name: 'Deliveries' }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    },
    30_000,
  );
});

it('complained about nothing on the console', () => {
  expect(browser.complaints).toEqual([]);
});
