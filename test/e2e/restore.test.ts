import { execFileSync, spawnSync } from 'node:child_process';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { runWarren } from '../support/warren-process';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** The tools of docs/operating.md, by MySQL's names and by MariaDB's. */
const TOOLS = [
  ['mysqldump', 'mysql'],
  ['mariadb-dump', 'mariadb'],
] as const;
const tools = TOOLS.find((names) => names.every((name) => spawnSync(name, ['--version']).status === 0));

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  receiver = await startReceiver();
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

function runTool(tool: string, args: string[], input?: Buffer): Buffer {
  const { hostname, port, username, password, pathname } = new URL(warren.database.url);
  const where = [`--host=${hostname}`, `--port=${port || '3306'}`, `--user=${decodeURIComponent(username)}`];
  return execFileSync(tool, [...where, '--protocol=tcp', ...args, pathname.slice(1)], {
    env: { ...process.env, MYSQL_PWD: decodeURIComponent(password) },
    maxBuffer: 64 * 1024 * 1024,
    ...(input ? { input } : {}),
  });
}

const typesThatCame = (): string[] =>
  receiver.arrivals.map(({ headers }) => String(headers['warren-event-type']));

// Where the database's own tools are at hand.
if (tools)
  it('a restored database and a broker that has lost everything deliver what the backup knew, once', async () => {
    const [dump, load] = tools;
    const { app, graphqlUrl } = await warren.start({ WARREN_ROLES: 'api,router' });
    acme = await warren.tenant('acme', graphqlUrl);
    await acme.endpoint({ url: receiver.url('/in'), eventTypes: ['#'] });
    for (const type of ['known.one', 'known.two']) await acme.publish({ type, idempotencyKey: type });
    await waitUntil(async () => (await acme.deliveries()).length === 2);
    const backup = runTool(dump, ['--single-transaction', '--hex-blob']);
    await acme.publish({ type: 'after.backup', idempotencyKey: 'after' });
    await waitUntil(async () => (await acme.deliveries()).length === 3);
    await app.stop();

    runTool(load, [], backup);
    await warren.stranger.purge(warren.queue('deliver'));
    const again = await warren.start();
    acme = acme.through(again.graphqlUrl);
    expect(await acme.deliveries()).toHaveLength(2);
    await runWarren('reconcile', { ...warren.env, LOG_LEVEL: 'warn' });
    await waitUntil(
      async () => (await acme.deliveries()).every(({ status }) => status === 'DELIVERED'),
      15_000,
    );
    // Its producer publishes again what the backup did not know, by the name that it had.
    await acme.publish({ type: 'after.backup', idempotencyKey: 'after' });
    await waitUntil(() => typesThatCame().includes('after.backup'), 15_000);
    expect(typesThatCame().sort()).toEqual(['after.backup', 'known.one', 'known.two']);
  }, 60_000);
