import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import express from 'express';
import MiniSearch from 'minisearch';
import { makeGuideFiles } from '../../../src/api/http/guide-files';

interface Section {
  id: number;
  page: string;
  title: string;
  url: string;
  text: string;
}

const ROOT = join(__dirname, '../../..');
const above = mkdtempSync(join(tmpdir(), 'warren-docs-'));
const folder = join(above, 'docs');
const read = (place: string): string => readFileSync(join(folder, place), 'utf8');
let places: string[];
let server: Server;
let origin: string;

beforeAll(async () => {
  execFileSync(process.execPath, [join(ROOT, 'src/provision/build-docs.cjs'), folder]);
  places = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  server = createServer(express().use(makeGuideFiles(folder)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 30_000);
afterAll(async () => {
  await once(server.close(), 'close');
  rmSync(above, { recursive: true });
});

const idsOf = (place: string): Set<string> =>
  new Set([...read(place).matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id));

/** What is wrong with an address on a page, or undefined. */
function faultOf(place: string, address: string): string | undefined {
  if (/^https?:/.test(address)) return undefined;
  const [path = '', anchor] = address.split('#');
  const target = path === '' ? place : normalize(join(dirname(place), path));
  if (target.startsWith('..') || !existsSync(join(folder, target)))
    return `${place}: ${address}: no such file`;
  if (anchor !== undefined && !idsOf(target).has(anchor)) return `${place}: ${address}: no such place`;
  return undefined;
}

it('has every page of the repository, in a list that has the order of docs/README.md', () => {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  const missing = pages.filter(
    (name) =>
      !places.includes(
        name === 'README.md' ? 'contents.html' : name.replace('README', 'index').replace(/md$/, 'html'),
      ),
  );
  expect(pages.length).toBeGreaterThan(60);
  expect(missing).toEqual([]);
  const [, nav = ''] = /<nav id="pages"[^>]*>([\s\S]*?)<\/nav>/.exec(read('guides/publish.html')) ?? [];
  const listed = [...nav.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => normalize(join('guides', href)));
  const asked = [...readFileSync(join(ROOT, 'docs/README.md'), 'utf8').matchAll(/^\d+\. .*$/gm)].flatMap(
    ([line]) =>
      [...line.matchAll(/\]\(([^)]+\.md)\)/g)].map(([, href = '']) =>
        href
          .replace('README', 'index')
          .replace(/^\.\.\//, '')
          .toLowerCase()
          .replace(/md$/, 'html'),
      ),
  );
  expect(listed.slice(0, asked.length)).toEqual(asked);
});

it('has no link or picture that leads nowhere, and nothing from elsewhere', () => {
  const addresses = places.flatMap((place) =>
    [...read(place).matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, address = '']) => ({ place, address })),
  );
  expect(addresses.length).toBeGreaterThan(3000);
  expect(addresses.flatMap(({ place, address }) => faultOf(place, address) ?? [])).toEqual([]);
  const foreign = places.filter((place) =>
    / src="(https?:|\/\/)|<script>| on[a-z]+="| style="/.test(read(place)),
  );
  expect(foreign).toEqual([]);
});

it('shows what a page shows as text, never as markup', () => {
  expect(read('wire.html')).toContain('HMAC_SHA256_&#60;hex&#62;');
  expect(read('operating.html')).toContain('<td><code>WARREN_PORT</code></td>');
});

it('finds what an expert asks for', () => {
  const text = read('sections.js');
  const sections = JSON.parse(text.slice('window.SECTIONS = '.length, text.lastIndexOf(';'))) as Section[];
  expect(sections.flatMap(({ url }) => faultOf('index.html', url) ?? [])).toEqual([]);
  const index = new MiniSearch<Section>({ fields: ['title', 'page', 'text'], storeFields: ['url'] });
  index.addAll(sections);
  const found = (query: string): string[] =>
    index
      .search(query, { combineWith: 'AND' })
      .slice(0, 12)
      .map(({ url }) => String(url));
  expect(found('WARREN_MASTER_KEYS')).toContain('operating.html#environment');
  expect(found('signature ed25519')).toContain('wire.html#the-webhook-request');
  expect(found('restore backup')).toContain('operating.html#back-up-and-restore');
});

it('is served below /docs/guide, under a policy that lets nothing else in', async () => {
  const moved = await fetch(`${origin}/docs/guide`, { redirect: 'manual' });
  expect([moved.status, moved.headers.get('location')]).toEqual([308, '/docs/guide/']);
  const page = await fetch(`${origin}/docs/guide/guides/publish.html`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
  expect(await page.text()).toBe(read('guides/publish.html'));
  for (const path of [
    '/docs/guide/none.html',
    '/docs/guide/guides',
    '/docs/guide/..%2f..%2fpackage.json',
    '/docs/guide/.next',
  ])
    expect([path, (await fetch(`${origin}${path}`)).status]).toEqual([path, 404]);
});

it('says how it is made where it is not', async () => {
  const empty = createServer(express().use(makeGuideFiles(join(above, 'none')))).listen(0, '127.0.0.1');
  await once(empty, 'listening');
  const answer = await fetch(`http://127.0.0.1:${(empty.address() as AddressInfo).port}/docs/guide/`);
  expect([answer.status, await answer.text()]).toEqual([
    503,
    'The guide is not built. Run: npm run build:docs\n',
  ]);
  await once(empty.close(), 'close');
});
