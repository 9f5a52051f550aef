import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express from 'express';
import { makePortalFiles } from '../../../src/api/http/portal-files';

const PAGE = '<!doctype html><title>Warren</title>';
const SCRIPT = 'export const answer = 42;';

let folder: string;
const servers: Server[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portal-files-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(folder, 'assets/app-1.js'), SCRIPT);
  writeFileSync(join(folder, 'assets/app-1.js.gz'), gzipSync(SCRIPT));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  rmSync(folder, { recursive: true });
});

/** Where the portal is served to pages of these origins. */
async function serve(frameOrigins: string[], from = folder): Promise<string> {
  const server = createServer(express().use(makePortalFiles({ frameOrigins, folder: from })));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Each directive of the answer's policy with its sources. */
function policyOf(response: Response): Record<string, string> {
  const directives = (response.headers.get('content-security-policy') ?? '').split('; ');
  return Object.fromEntries(
    directives.map((each): [string, string] => {
      const [name = '', ...sources] = each.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

describe('the policy of the portal', () => {
  it('allows scripts from its own address alone, none of them inline', async () => {
    const origin = await serve([]);
    for (const path of [
      '/portal',
      '/portal/deliveries/dlv_1',
      '/portal/assets/app-1.js',
      '/portal/assets/no.js',
    ]) {
      const policy = policyOf(await fetch(`${origin}${path}`));
      expect({ path, scripts: policy['script-src'] }).toEqual({ path, scripts: "'self'" });
      expect(policy['default-src']).toBe("'none'");
      expect(policy['connect-src']).toBe("'self'");
      expect(policy['base-uri']).toBe("'none'");
    }
  });

  it('lets nobody show it in a frame unless told', async () => {
    const response = await fetch(`${await serve([])}/portal`);
    expect(policyOf(response)['frame-ancestors']).toBe("'none'");
    expect(response.headers.get('x-frame-options')).toBe('DENY');
  });

  it('lets the pages of listed origins show it in a frame, and no others', async () => {
    const response = await fetch(`${await serve(['https://app.example', 'https://b.example'])}/portal`);
    expect(policyOf(response)['frame-ancestors']).toBe('https://app.example https://b.example');
    // It knows of no list, and would forbid what the policy allows.
    expect(response.headers.get('x-frame-options')).toBeNull();
  });
});

describe('the files of the portal', () => {
  it('are the page at every address of its own, asked for each time', async () => {
    const origin = await serve([]);
    for (const path of ['/portal', '/portal/', '/portal/event-types/order.placed']) {
      const response = await fetch(`${origin}${path}`);
      expect(await response.text()).toBe(PAGE);
      expect(response.headers.get('cache-control')).toBe('no-cache');
    }
  });

  it('are scripts that are kept for good, compressed for who takes that', async () => {
    const url = `${await serve([])}/portal/assets/app-1.js`;
    const compressed = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
    expect(await compressed.text()).toBe(SCRIPT);
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    expect(compressed.headers.get('content-type')).toContain('text/javascript');
    expect(compressed.headers.get('cache-control')).toContain('immutable');
    const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(SCRIPT);
  });

  it('are no other files, and none where it was not built', async () => {
    const origin = await serve([]);
    expect((await fetch(`${origin}/portal/assets/..%2findex.html`)).status).toBe(404);
    expect((await fetch(`${origin}/portal/assets/none.js`)).status).toBe(404);
    const unbuilt = await fetch(`${await serve([], join(folder, 'nowhere'))}/portal`);
    expect(unbuilt.status).toBe(503);
  });
});
