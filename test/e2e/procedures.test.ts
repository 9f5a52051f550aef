import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { verifySignature } from '../../src/domain/request/signature';
import { startOwnBroker, startOwnDatabase } from '../chaos/own-servers';
import { builtFile } from '../support/built-file';
import { makeGraphqlClient } from '../support/graphql-client';
import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import { fencesOf, startShell } from '../support/tour';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** The procedures of docs/operating.md, by the lines that stand there. */
const page = readFileSync('docs/operating.md', 'utf8');

/** The shell's blocks below a heading, as they stand there. */
function linesUnder(heading: string): string[] {
  const section = page.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`));
  return fencesOf(section ?? '').flatMap(({ language, text }) => (language === 'sh' ? [text] : []));
}

const folder = mkdtempSync(join(tmpdir(), 'warren-procedures-'));
const bin = join(folder, 'bin');
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  mkdirSync(bin);
  program('warren', `${process.execPath} ${builtFile('src/main.js')}`);
  // Where MariaDB has its tools by its own names alone.
  const has = (name: string): boolean => spawnSync(name, ['--version']).status === 0;
  if (!has('mysqldump')) program('mysqldump', 'mariadb-dump');
  if (!has('mysql')) program('mysql', 'mariadb');
});
afterAll(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true });
});

function program(name: string, command: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`);
  chmodSync(join(bin, name), 0o755);
}

/** What a line writes, in a shell of its own with the environment of a deployment. */
async function type(lines: string | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  const path = [bin, process.env.PATH].join(delimiter);
  const shell = startShell({ HOME: folder, ...env, LOG_LEVEL: 'silent', PATH: path }, folder);
  try {
    return await shell.run(lines ?? 'false');
  } finally {
    await shell.end();
  }
}

async function withWarren(
  settings: NodeJS.ProcessEnv,
  work: (warren: WarrenUnderTest) => Promise<void>,
): Promise<void> {
  const warren = await deployWarren(settings);
  try {
    await work(warren);
  } finally {
    await warren.end();
  }
}

const typesAt = (path: string): unknown[] =>
  receiver.at(path).map(({ headers }) => headers['warren-event-type']);

function isSigned({ id, headers, body }: Arrival, secret: string): boolean {
  const timestamp = String(headers['webhook-timestamp']);
  const header = String(headers['webhook-signature']);
  const message = { secret, id, timestamp, header, body, now: Date.now(), toleranceSeconds: 60 };
  return verifySignature(message).ok;
}

/** The tools' own file of where the server is. */
function pointToolsAt(url: string): void {
  const { hostname, port, username } = new URL(url);
  const client = ['[client]', `host=${hostname}`, `port=${port}`, `user=${username}`, 'protocol=tcp'];
  writeFileSync(join(folder, '.my.cnf'), `${client.join('\n')}\n`, { mode: 0o600 });
}

it('moves to a new database by its backup; what came meanwhile waits, and nothing is to be reconciled', async () => {
  const [old, next] = await Promise.all([
    startOwnDatabase(() => undefined),
    startOwnDatabase(() => undefined),
  ]);
  try {
    await withWarren({ DATABASE_URL: old.url }, async (warren) => {
      const before = await warren.start();
      const acme = await warren.tenant('acme', before.graphqlUrl);
      const { secret } = await acme.endpoint({ url: receiver.url('/database'), eventTypes: ['#'] });
      await acme.publish({ type: 'before.the-move' });
      await waitUntil(async () => (await acme.deliveries({ status: ['DELIVERED'] })).length === 1, 15_000);
      await before.app.stop();
      await warren.publish('acme', 'during.the-move', {});

      const [dump, load, reconcile] = linesUnder('Back up and restore');
      pointToolsAt(old.url);
      await type(dump, {});
      pointToolsAt(next.url);
      await type(load, {});
      const moved = { DATABASE_URL: next.url };
      const after = acme.through((await warren.start(moved)).graphqlUrl);
      await waitUntil(async () => (await after.deliveries({ status: ['DELIVERED'] })).length === 2, 15_000);
      expect(await type(reconcile, { ...warren.env, ...moved })).toBe('sent 0 unfinished deliveries again\n');
      expect(typesAt('/database')).toEqual(['before.the-move', 'during.the-move']);
      expect(receiver.at('/database').every((arrival) => isSigned(arrival, secret))).toBe(true);
    });
  } finally {
    await Promise.all([old.end(), next.end()]);
  }
}, 120_000);

it('moves to a new broker; what the old one still had is sent by reconcile, once', async () => {
  const next = await startOwnBroker(() => undefined);
  try {
    await withWarren({ WARREN_RETRY_SCHEDULE: '3' }, async (warren) => {
      const before = await warren.start();
      const acme = await warren.tenant('acme', before.graphqlUrl);
      await acme.endpoint({ url: receiver.url('/broker'), eventTypes: ['#'] });
      receiver.answer(() => ({ status: 503 }));
      for (const type of ['on.the-ladder', 'on.it-too']) await acme.publish({ type });
      await waitUntil(async () => (await acme.deliveries({ status: ['RETRYING'] })).length === 2, 15_000);
      expect(await warren.stranger.depth(warren.queue('route'))).toBe(0);
      await before.app.stop();
      receiver.answer(() => ({}));

      const moved = { AMQP_URL: next.url };
      const after = acme.through((await warren.start(moved)).graphqlUrl);
      const due = 'select count(*) as n from deliveries where next_attempt_at > now(3)';
      await waitUntil(async () => Number((await warren.sql<{ n: string }>(due))[0]?.n) === 0, 15_000);
      const [reconcile] = linesUnder('Move to a new broker');
      expect(await type(reconcile, { ...warren.env, ...moved })).toBe('sent 2 unfinished deliveries again\n');
      await after.publish({ type: 'on.the-new-one' });
      await waitUntil(async () => (await after.deliveries({ status: ['DELIVERED'] })).length === 3, 15_000);
      const [list = ''] = linesUnder('A queue grows');
      // A quorum queue tells the broker how many consume it every five seconds.
      const isListed = new RegExp(`^${warren.queue('route')}\\t0\\t0\\t1$`, 'm');
      await waitUntil(async () => isListed.test(await next.ctl(...list.trim().split(' ').slice(1))), 15_000);
      const arrived = typesAt('/broker').slice(2).sort();
      expect(arrived).toEqual(['on.it-too', 'on.the-ladder', 'on.the-new-one']);
    });
  } finally {
    await next.end();
  }
}, 120_000);

it('changes the master key and the operator key, made by the lines of the page', async () => {
  const [made] = linesUnder('Environment');
  const [newest = '', operatorKey = ''] = (await type(made, {})).trim().split('\n');
  await withWarren({}, async (warren) => {
    const old = String(warren.env.WARREN_MASTER_KEYS);
    let { app, graphqlUrl } = await warren.start();
    const acme = await warren.tenant('acme', graphqlUrl);
    const { secret } = await acme.endpoint({ url: receiver.url('/keys'), eventTypes: ['#'] });
    await app.stop();

    const both = { WARREN_MASTER_KEYS: `${newest},${old}`, WARREN_OPERATOR_KEY: operatorKey };
    ({ app, graphqlUrl } = await warren.start(both));
    await acme.through(graphqlUrl).publish({ type: 'with.both' });
    await waitUntil(() => receiver.at('/keys').length === 1, 15_000);
    const [reseal] = linesUnder('Keys');
    expect(await type(reseal, { ...warren.env, ...both })).toMatch(/^1 values sealed again/);
    await app.stop();

    ({ graphqlUrl } = await warren.start({ ...both, WARREN_MASTER_KEYS: newest }));
    await acme.through(graphqlUrl).publish({ type: 'with.the-new-one' });
    await waitUntil(() => receiver.at('/keys').length === 2, 15_000);
    expect(receiver.at('/keys').map((arrival) => isSigned(arrival, secret))).toEqual([true, true]);
    const tenants = '{ tenants { nodes { id } } }';
    await expect(makeGraphqlClient(graphqlUrl, warren.operatorKey).ask(tenants)).rejects.toThrow();
    expect(await makeGraphqlClient(graphqlUrl, operatorKey).ask(tenants)).toBeDefined();
  });
}, 60_000);
