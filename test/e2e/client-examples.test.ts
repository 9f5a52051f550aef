import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts } from '../../src/provision/free-port';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import type { WarrenProcess } from '../support/warren-process';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let port: number;
let api: WarrenProcess;
const examples: ChildProcess[] = [];

const spawnApi = (): Promise<WarrenProcess> =>
  warren.spawn({ WARREN_PORT: String(port), WARREN_ROLES: 'api' });

beforeAll(async () => {
  warren = await deployWarren({ WARREN_PUBLIC_URL: 'https://hooks.example' });
  const pipeline = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', pipeline.graphqlUrl);
  await acme.endpoint({ url: receiver.url('/in'), name: 'shop', eventTypes: ['#'] });
  [port = 0] = await freePorts(1);
  api = await spawnApi();
}, 60_000);
afterAll(async () => {
  for (const example of examples) example.kill();
  await warren.end();
  await receiver.close();
}, 60_000);

/** Runs a program of a partner's; what it writes. */
const run = (...command: string[]): string[] => runWith({}, process.execPath, ...command);

function runWith(env: NodeJS.ProcessEnv, program: string, ...command: string[]): string[] {
  const lines: string[] = [];
  const example = spawn(program, command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  examples.push(example);
  for (const output of [example.stdout, example.stderr])
    createInterface({ input: output }).on('line', (line) => void lines.push(line));
  return lines;
}

it('Apollo Client shows a list that stays current with a portal session, over a restart of the API', async () => {
  const { portalSessionCreate } = await acme.client.ask<{ portalSessionCreate: { token: string } }>(
    `mutation ($input: PortalSessionCreateInput!) {
      portalSessionCreate(input: $input) { token userErrors { message } }
    }`,
    { input: { tenantId: acme.id, scopes: ['deliveries:read', 'endpoints:read', 'events:read'] } },
  );
  const lines = run(
    'docs/examples/portal-apollo.mjs',
    `http://127.0.0.1:${port}/graphql`,
    portalSessionCreate.token,
  );
  const has = (kind: string, words: string): boolean =>
    lines.some((line) => line.startsWith(kind) && line.includes(words));
  await waitUntil(async () => {
    await acme.publish({ type: 'before.restart' });
    return has('live:', 'before.restart DELIVERED') && has('list:', 'before.restart DELIVERED');
  }, 15_000);
  await api.signal('SIGKILL');
  await acme.publish({ type: 'while.away' });
  await waitUntil(() => has('lost:', ''), 10_000);
  api = await spawnApi();
  await waitUntil(() => has('live:', 'while.away DELIVERED') && has('list:', 'while.away DELIVERED'), 15_000);
  // One watch, however often it was lost: each change is shown once.
  const shown = lines.filter((line) => line.startsWith('live:') && line.includes('while.away DELIVERED'));
  expect(shown).toHaveLength(1);
}, 90_000);

it('the typed client compiles, publishes, and sees what became of it', async () => {
  mkdirSync('dist', { recursive: true });
  const folder = mkdtempSync(join('dist', 'typed-client-'));
  execFileSync('node_modules/.bin/tsc', ['-p', 'docs/examples/typed-client', '--outDir', folder]);
  const lines = run(join(folder, 'publish-and-look.js'), `http://127.0.0.1:${port}/graphql`, acme.key);
  await waitUntil(() => lines.length > 0, 15_000);
  expect(lines[0]).toBe('order.placed → shop: DELIVERED');
  rmSync(folder, { recursive: true });
}, 90_000);

const hasPython = spawnSync('python3', ['--version']).status === 0;

// Where Python is at hand.
if (hasPython)
  it('the Python receiver takes what Warren signs, counts it once, and refuses what is forged', async () => {
    const [own = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${own}/`;
    const { secret } = await acme.endpoint({ url, eventTypes: ['for.python', 'after.*'] });
    const lines = runWith({ WEBHOOK_SECRET: secret }, 'python3', 'docs/examples/receive.py', String(own));
    await waitUntil(() => lines.length > 0, 15_000);
    const { eventId } = await acme.publish({ type: 'for.python', data: { name: 'Zoë' } });
    await waitUntil(() => lines.length > 1, 15_000);
    const [id = '', type] = lines[1]?.split(' ') ?? [];
    expect(type).toBe('for.python');

    await waitUntil(async () => (await acme.delivery(id)).status === 'DELIVERED');
    await acme.client.ask('mutation ($id: ID!) { deliveryRetry(id: $id) { userErrors { code } } }', { id });
    await waitUntil(async () => (await acme.delivery(id)).attemptCount === 2, 15_000);
    const forged = await fetch(url, {
      method: 'POST',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
        'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
      },
      body: JSON.stringify({ type: 'for.python', eventId }),
    });
    expect(forged.status).toBe(400);
    await acme.publish({ type: 'after.all' });
    await waitUntil(() => lines.length > 2, 15_000);
    expect(lines.slice(1).map((line) => line.split(' ')[1])).toEqual(['for.python', 'after.all']);
  }, 60_000);
