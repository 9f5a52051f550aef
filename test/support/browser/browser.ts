import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findChromium } from './find-chromium';

export interface TestBrowser {
  /** A page of its own, signed in with a key at an address of the portal, where it stays: a second load costs a second. */
  signIn(address: string, key: string, options?: Screen): Promise<Page>;
  open(options?: Screen): Promise<Page>;
  /** What pages have complained about on their consoles. */
  complaints: string[];
  /** After each test: a page that nobody looks at any more goes on watching and drawing. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

export interface Screen {
  width?: number;
  scheme?: 'light' | 'dark';
}

/** What a page says while the API is away, which is not its fault. */
const CONNECTION_LOST = /net::ERR_|WebSocket connection to/;

/** A real Chromium that talks to nobody but us. */
export async function openBrowser(): Promise<TestBrowser> {
  const executablePath = findChromium(process.env);
  if (executablePath === undefined)
    throw new Error('no Chromium: install one, or say in CHROMIUM where it is');
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
  const complaints: string[] = [];
  const contexts: BrowserContext[] = [];

  async function open({ width = 1440, scheme = 'light' }: Screen = {}): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(10_000);
    contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => void complaints.push(String(error)));
    page.on('console', (message) => {
      const isBad = ['error', 'warning'].includes(message.type());
      if (isBad && !CONNECTION_LOST.test(message.text())) complaints.push(message.text());
    });
    return page;
  }

  const closePages = async (): Promise<void> => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  };

  return {
    complaints,
    open,
    async signIn(address, key, options) {
      const page = await open(options);
      await page.goto(address);
      await page.getByLabel('API key').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
      return page;
    },
    closePages,
    async close() {
      await closePages();
      await browser.close();
    },
  };
}
