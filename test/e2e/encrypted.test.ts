import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { startApp, type App } from '../../src/app';
import { readConfig } from '../../src/config';
import { makeLogger } from '../../src/runtime/logger';
import { startOwnBroker, startOwnDatabase, type OwnBroker, type OwnServer } from '../chaos/own-servers';
import { makeCertificate } from '../support/certificate';
import { findClosedPort } from '../support/hostile-receiver';
import { startReceiver, type Receiver } from '../support/receiver';
import { makeTenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';

/** A broker and a database that speak TLS alone to whom the network is not only theirs. */
const OPERATOR_KEY = 'wrn_an-operator-key-for-tests-only';

let folder: string;
let broker: OwnBroker;
let database: OwnServer;
let receiver: Receiver;
let tlsPort: number;
const apps: App[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-tls-'));
  for (const name of ['ours', 'others']) {
    const { cert, key } = makeCertificate({ names: ['localhost'] });
    writeFileSync(file(`${name}.pem`), cert);
    writeFileSync(file(`${name}.key`), key);
  }
  tlsPort = await findClosedPort();
  [broker, database] = await Promise.all([
    startOwnBroker(
      () => undefined,
      [
        `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
        `ssl_options.certfile = ${file('ours.pem')}`,
        `ssl_options.keyfile = ${file('ours.key')}`,
        '',
      ].join('\n'),
    ),
    startOwnDatabase(() => undefined, [`--ssl-cert=${file('ours.pem')}`, `--ssl-key=${file('ours.key')}`]),
  ]);
  const root = await createConnection({ uri: database.url });
  await root.query("create user 'secret'@'%' identified by 'a-password' require ssl");
  await root.query("grant all on warren.* to 'secret'@'%'");
  await root.end();
  receiver = await startReceiver();
}, 120_000);
afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await Promise.all([broker.end(), database.end(), receiver.close()]);
  rmSync(folder, { recursive: true });
}, 60_000);

const file = (name: string): string => join(folder, name);

const databaseUrl = (parameters: string): string =>
  `mysql://secret:a-password@localhost:${new URL(database.url).port}/warren${parameters}`;
const brokerUrl = (host: string, ca: string): string =>
  `amqps://guest:guest@${host}:${tlsPort}/?cacertfile=${file(ca)}`;

async function start(amqpUrl: string, mysqlUrl: string): Promise<App> {
  const env = {
    ...{ WARREN_PORT: '0', AMQP_URL: amqpUrl, DATABASE_URL: mysqlUrl, WARREN_OPERATOR_KEY: OPERATOR_KEY },
    WARREN_MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    WARREN_ALLOWED_NETWORKS: '127.0.0.0/8',
  };
  const app = await startApp(readConfig(env), makeLogger('silent'));
  apps.push(app);
  return app;
}

const CHECKED = (): string => databaseUrl(`?ssl-mode=VERIFY_IDENTITY&ssl-ca=${file('ours.pem')}`);

it('delivers over TLS to its broker and its database', async () => {
  const app = await start(brokerUrl('localhost', 'ours.pem'), CHECKED());
  await waitUntil(async () => (await app.readiness()).length === 0, 20_000);
  const acme = await makeTenantUnderTest(`${app.url}/graphql`, OPERATOR_KEY, 'acme');
  await acme.endpoint({ url: receiver.url('/tls'), eventTypes: ['#'] });
  await acme.publish({ type: 'over.tls' });
  await waitUntil(() => receiver.at('/tls').length === 1, 20_000);
  const encrypted = (await broker.ctl('list_connections', 'ssl', '--quiet')).split('\n').filter(Boolean);
  expect(encrypted.filter((line) => line === 'true').length).toBeGreaterThan(0);
  expect(encrypted).not.toContain('false');
}, 60_000);

it.each([
  ['of another authority', () => brokerUrl('localhost', 'others.pem')],
  ['for another name', () => brokerUrl('127.0.0.1', 'ours.pem')],
])(
  'does not talk to a broker with a certificate %s',
  async (_, url) => {
    const app = await start(url(), CHECKED());
    const reason = async (): Promise<string> => (await app.readiness()).join();
    await waitUntil(async () => /certificate|self-signed|altnames/i.test(await reason()), 20_000);
    expect(await reason()).not.toContain('guest:guest');
  },
  60_000,
);

it.each([
  [
    'that is of another authority',
    () => databaseUrl(`?ssl-mode=VERIFY_IDENTITY&ssl-ca=${file('others.pem')}`),
  ],
  ['in the clear, where it wants TLS', () => databaseUrl('')],
])(
  'does not talk to a database %s',
  async (_, url) => {
    await expect(start(brokerUrl('localhost', 'ours.pem'), url())).rejects.toThrow(
      /certificate|Access denied/i,
    );
  },
  60_000,
);
