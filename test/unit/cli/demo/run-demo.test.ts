import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDemoMemory } from '../../../../src/cli/demo/demo-state';
import { runDemo } from '../../../../src/cli/demo/run-demo';
import { waitUntil } from '../../../support/wait-until';

let dataDir: string;
let stop: AbortController;
let server: Server | undefined;
let written: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'run-demo-'));
  stop = new AbortController();
  written = '';
});
afterEach(async () => {
  stop.abort(new Error('stopped'));
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  rmSync(dataDir, { recursive: true });
});

async function listen(handle: RequestListener): Promise<string> {
  const made = (server = createServer(handle));
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

function run(url: string): Promise<void> {
  const stream = { write: (text: string) => (written += text) };
  const services = { amqpUrl: 'amqp://guest:secret@127.0.0.1:1/' };
  const app = { url, publicUrl: 'https://hooks.example/' };
  return runDemo({ app, services, operatorKey: 'wrn_op_key', dataDir, signal: stop.signal }, stream);
}

describe('a demo that cannot go on', () => {
  it('says why and where everything is, and lets Warren run on', async () => {
    const url = await listen((_request, response) => {
      response.end(JSON.stringify({ data: null, errors: [{ message: 'Not today.' }] }));
    });
    await run(url);
    expect(written).toContain('! the demo: Not today.');
    expect(written).toMatch(/GraphQL +https:\/\/hooks\.example\/graphql\n/);
    expect(written).toMatch(/Portal +https:\/\/hooks\.example\/portal /);
    expect(written).toMatch(/Operator key +wrn_op_key/);
    expect(written).not.toContain('to try next');
  });

  it('says what the caller could mend when a mutation was refused', async () => {
    const url = await listen((request, response) => {
      request.setEncoding('utf8').once('data', (body: string) => {
        const userErrors = [{ message: 'Too many tenants.' }];
        const data = body.includes('tenantCreate')
          ? { tenantCreate: { tenant: null, userErrors } }
          : { tenant: null };
        response.end(JSON.stringify({ data }));
      });
    });
    await run(url);
    expect(written).toContain('! the demo: Too many tenants.');
  });

  it('ends when nobody answers at all', async () => {
    await run('http://127.0.0.1:1');
    expect(written).toMatch(/! the demo: fetch failed: \w+/);
    expect(written).not.toContain('Deliveries show here');
  });

  it('remembers where the inspector listens for the next time', async () => {
    await run('http://127.0.0.1:1');
    const { inspectorPort } = makeDemoMemory(dataDir).read();
    expect(written).toContain(`http://127.0.0.1:${inspectorPort ?? 'nowhere'}/`);
  });

  it('is silent and over at once when it is stopped in the middle', async () => {
    let isAsked = false;
    const url = await listen(() => (isAsked = true));
    const demo = run(url);
    await waitUntil(() => isAsked);
    const before = written;
    const stoppedAt = performance.now();
    stop.abort(new Error('stopped'));
    await demo;
    expect(performance.now() - stoppedAt).toBeLessThan(1000);
    expect(written).toBe(before);
  });
});
