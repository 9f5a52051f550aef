import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { startApp, type App } from '../../src/app';
import { readConfig } from '../../src/config';
import { makeLogger } from '../../src/runtime/logger';
import { startOwnBroker, startOwnDatabase, type OwnBroker, type OwnServer } from '../chaos/own-servers';
import { makeCertificate } from '../support/outsiders/certificate';
import { makeGraphqlClient } from '../support/graphql-client';
import { findClosedPort } from '../support/outsiders/hostile-receiver';
import { watchDeliveries } from '../support/delivery-stream';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { makeTenantUnderTest } from '../support/tenant-under-test';
import { makeTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

const OPERATOR_KEY = 'wrn_an-operator-key-for-tests-only';

let folder: string;
let broker: OwnBroker;
let tlsDatabase: OwnServer;
let receiver: Receiver;
let tlsPort: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-tls-'));
  for (const name of ['ours', 'others']) {
    const { cert, key } = makeCertificate({ names: ['localhost'] });
    writeFileSync(file(`${name}.pem`), cert);
    writeFileSync(file(`${name}.key`), key);
  }
  tlsPort = await findClosedPort();
  [broker, tlsDatabase] = await Promise.all([
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
  const root = await createConnection({ uri: tlsDatabase.url });
  await root.query("create user 'secret'@'%' identified by 'a-password' require ssl");
  await root.query("grant all on warren.* to 'secret'@'%'");
  await root.end();
  receiver = await startReceiver();
}, 120_000);
afterAll(async () => {
  await Promise.all([broker.end(), tlsDatabase.end(), receiver.close()]);
  rmSync(folder, { recursive: true });
}, 60_000);

const file = (name: string): string => join(folder, name);

/** A broker and a database that speak TLS alone to whom the network is not only theirs. */
describe('servers that speak TLS', () => {
  const apps: App[] = [];
  afterAll(() => Promise.all(apps.map((app) => app.stop())), 60_000);

  const databaseUrl = (parameters: string): string =>
    `mysql://secret:a-password@localhost:${new URL(tlsDatabase.url).port}/warren${parameters}`;
  const brokerUrl = (host: string, ca: string): string =>
    `amqps://guest:guest@${host}:${tlsPort}/?cacertfile=${file(ca)}`;

  async function start(amqpUrl: string, mysqlUrl: string): Promise<App> {
    const env = {
      ...{ WARREN_PORT: '0', AMQP_URL: amqpUrl, DATABASE_URL: mysqlUrl, WARREN_OPERATOR_KEY: OPERATOR_KEY },
      WARREN_NAMESPACE: 'encrypted',
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
    const encrypted =
      (await broker.ctl('list_connections', 'user', 'ssl', '--quiet')).match(/(?<=^guest\s+)\w+$/gm) ?? [];
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
});

/** The rights that docs/topology.md and docs/operating.md give, and no others: Warren works with them, a producer is kept to its exchange. */
describe('servers that give narrow rights', () => {
  const RIGHTS = '^(warren\\..*|amq\\.gen.*)$';
  const BROKER_USERS = {
    users: ['warren', 'orders'].map((name) => ({ name, password: 'a-password', tags: '' })),
    permissions: [
      { vhost: '/', user: 'warren', configure: RIGHTS, write: RIGHTS, read: RIGHTS },
      { vhost: '/', user: 'orders', configure: '^$', write: '^warren\\.events$', read: '^$' },
    ],
  };
  const DATABASE_RIGHTS = 'select, insert, update, delete, create, alter, drop, index';

  let database: TestDatabase;
  let databaseUser: string;
  let app: App;
  let producer: ChannelModel;

  beforeAll(async () => {
    writeFileSync(file('users.json'), JSON.stringify(BROKER_USERS));
    await broker.ctl('import_definitions', file('users.json'));
    database = await makeTestDatabase();
    const name = new URL(database.url).pathname.slice(1);
    databaseUser = name.slice(-20);
    await database.dataSource.query(`create user '${databaseUser}'@'%' identified by 'a-password'`);
    await database.dataSource.query(`grant ${DATABASE_RIGHTS} on \`${name}\`.* to '${databaseUser}'@'%'`);
    app = await startApp(
      readConfig({
        WARREN_PORT: '0',
        AMQP_URL: as('warren', broker.url),
        DATABASE_URL: as(databaseUser, database.url),
        WARREN_OPERATOR_KEY: OPERATOR_KEY,
        WARREN_MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
        WARREN_RETRY_SCHEDULE: '1',
        WARREN_PRODUCERS: 'orders=acme',
        WARREN_ALLOWED_NETWORKS: '127.0.0.0/8',
      }),
      makeLogger('silent'),
    );
    await waitUntil(async () => (await app.readiness()).length === 0, 20_000);
    producer = await connect(as('orders', broker.url));
  }, 120_000);
  afterAll(async () => {
    await producer.close();
    await app.stop();
    await database.dataSource.query(`drop user '${databaseUser}'@'%'`);
    await database.drop();
  }, 60_000);

  function as(user: string, url: string): string {
    const changed = new URL(url);
    changed.username = user;
    changed.password = 'a-password';
    return changed.toString();
  }

  /** Resolves with the reply code with which the broker closes the channel. */
  async function refusalOf(work: (channel: ConfirmChannel) => unknown): Promise<number> {
    const channel = await producer.createConfirmChannel();
    return new Promise((resolve) => {
      channel.on('error', (error: { code: number }) => resolve(error.code));
      Promise.resolve(work(channel)).catch(() => undefined);
    });
  }

  it('delivers, retries and gives up with narrow rights, an event from a producer with narrower ones', async () => {
    receiver.answer(({ path }) => (path === '/fails' ? { status: 500 } : {}));
    const acme = await makeTenantUnderTest(`${app.url}/graphql`, OPERATOR_KEY, 'acme');
    for (const path of ['/works', '/fails'])
      await acme.endpoint({ url: receiver.url(path), eventTypes: ['#'] });
    const channel = await producer.createConfirmChannel();
    channel.publish('warren.events', 'order.placed', Buffer.from('{"n":1}'), {
      ...{ contentType: 'application/json', persistent: true },
      ...{ userId: 'orders', headers: { tenant: 'acme' } },
    });
    await channel.waitForConfirms();
    await waitUntil(async () => {
      const statuses = (await acme.deliveries({ types: ['order.placed'] })).map(({ status }) => status);
      return statuses.includes('DELIVERED') && statuses.includes('DEAD_LETTERED');
    }, 20_000);
  });

  it.each([
    [
      'for a tenant that is not its own',
      { userId: 'orders', headers: { tenant: 'other' } },
      'for the tenant other',
    ],
    ['without saying who it is', { headers: { tenant: 'acme' } }, 'a message without user_id'],
  ])('an event that the producer publishes %s is not taken', async (_, options, reason) => {
    const operator = makeGraphqlClient(`${app.url}/graphql`, OPERATOR_KEY);
    await operator.send(
      'mutation { tenantCreate(input: { slug: "other", name: "Other" }) { tenant { id } } }',
    );
    const channel = await producer.createConfirmChannel();
    channel.publish('warren.events', 'order.placed', Buffer.from('{}'), options);
    await channel.waitForConfirms();
    const warren = await connect(as('warren', broker.url));
    const reading = await warren.createChannel();
    const rejected: Record<string, unknown>[] = [];
    await waitUntil(async () => {
      const message = await reading.get('warren.rejected', { noAck: true });
      if (message) rejected.push(message.properties.headers as Record<string, unknown>);
      return rejected.length === 1;
    }, 20_000);
    await warren.close();
    expect(rejected[0]).toMatchObject({
      'reason-code': 'NOT_ALLOWED',
      reason: expect.stringContaining(reason) as string,
    });
  });

  it('a producer cannot say that it is another', async () => {
    const publish = (channel: ConfirmChannel): unknown =>
      channel.publish('warren.events', 'order.placed', Buffer.from('{}'), { userId: 'warren' });
    expect(await refusalOf(publish)).toBe(406);
  });

  it.each<[string, (channel: ConfirmChannel) => unknown]>([
    ['publish to deliveries', (channel) => channel.publish('warren.deliveries', 'due', Buffer.from('{}'))],
    ['publish to the ladder', (channel) => channel.publish('warren.retry', '1', Buffer.from('{}'))],
    [
      'publish to a queue past the exchange',
      (channel) => channel.sendToQueue('warren.route', Buffer.from('{}')),
    ],
    ['read the queue of events', (channel) => channel.get('warren.route')],
    ['read the dead letters', (channel) => channel.get('warren.dead-letters')],
    ['watch the statuses', (channel) => channel.bindQueue('warren.dead', 'warren.status', '#')],
    ['declare a queue', (channel) => channel.assertQueue('warren.mine')],
    ['delete a queue', (channel) => channel.deleteQueue('warren.deliver')],
    ['delete an exchange', (channel) => channel.deleteExchange('warren.events')],
  ])('a producer cannot %s', async (_, work) => {
    expect(await refusalOf(work)).toBe(403);
  });
});

/** The rights in docs/topology.md and docs/operating.md: a user for each role, and nothing works that is not needed. */
describe('a broker and a database that know each role by a user of its own', () => {
  const apps: App[] = [];
  const logged: string[] = [];
  let database: TestDatabase;
  let api: ChannelModel;
  let apiUrl: string;
  const databaseUserOf = (role: string): string => `${new URL(database.url).pathname.slice(-8)}_${role}`;

  beforeAll(async () => {
    const rights = readRights();
    expect(rights.map(({ user }) => user)).toEqual(ROLES);
    const users = rights.map(({ user }) => ({ name: user, password: 'a-password', tags: '' }));
    writeFileSync(file('roles.json'), JSON.stringify({ users, permissions: rights }));
    await broker.ctl('import_definitions', file('roles.json'));
    database = await makeTestDatabase();
    await grantInDatabase();
    // The one that may make what the others only find is the last.
    for (const role of ['api', 'worker', 'router']) await startRole(role);
    await waitUntil(
      async () => (await Promise.all(apps.map((app) => app.readiness()))).flat().length === 0,
      30_000,
    );
    api = await connect(as('api'));
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await Promise.all(apps.map((app) => app.stop()));
    for (const role of ROLES) await database.dataSource.query(`drop user '${databaseUserOf(role)}'@'%'`);
    await database.drop();
  }, 60_000);

  const ROLES = ['router', 'worker', 'api'] as const;

  /** The statements of docs/operating.md, and those that the last of them prints. */
  async function grantInDatabase(): Promise<void> {
    const run = <Row>(sql: string): Promise<Row[]> => database.dataSource.query<Row[]>(sql);
    for (const role of ROLES)
      await run(`create user '${databaseUserOf(role)}'@'%' identified by 'a-password'`);
    const page = readFileSync('docs/operating.md', 'utf8');
    const [, block = ''] = /### Rights in the database[\s\S]+?```sql\n([\s\S]+?)```/.exec(page) ?? [];
    const name = new URL(database.url).pathname.slice(1);
    const mine = block
      .replace(/warren_(router|worker|api)/g, (_, role: string) => databaseUserOf(role))
      .replaceAll('on warren.*', `on \`${name}\`.*`)
      .replace("table_schema = 'warren'", `table_schema = '${name}'`);
    const [all = '', few = '', printing = ''] = mine.split(/;\n/);
    await run(all);
    await run(few);
    const printed = await run<{ statement: string }>(printing);
    expect(printed.length).toBeGreaterThan(20);
    for (const { statement } of printed) await run(statement);
  }

  function readRights() {
    const page = readFileSync('docs/topology.md', 'utf8');
    const cell = (text: string): string => text.replace(/^`|`$/g, '').replaceAll('\\|', '|');
    return [...page.matchAll(/^\| `(router|worker|api)` +\| (`.+?`) +\| (`.+?`) +\| (`.+?`) +\|$/gm)].map(
      ([, user = '', configure = '', write = '', read = '']) => ({
        ...{ vhost: '/', user, configure: own(cell(configure)) },
        ...{ write: own(cell(write)), read: own(cell(read)) },
      }),
    );
  }

  /** A namespace of this test's own, for what it wants to find missing. */
  const own = (pattern: string): string => pattern.replaceAll('warren', 'by-role');

  function as(user: string, server = broker.url): string {
    const url = new URL(server);
    url.username = user;
    url.password = 'a-password';
    return url.toString();
  }

  async function startRole(role: string): Promise<void> {
    const app = await startApp(
      readConfig({
        ...{ WARREN_PORT: '0', WARREN_ROLES: role, WARREN_NAMESPACE: 'by-role', AMQP_URL: as(role) },
        ...{ DATABASE_URL: as(databaseUserOf(role), database.url), WARREN_OPERATOR_KEY: OPERATOR_KEY },
        ...{ WARREN_RETRY_SCHEDULE: '1', WARREN_ALLOWED_NETWORKS: '127.0.0.0/8' },
        WARREN_MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      }),
      makeLogger('warn', { write: (line: string) => void logged.push(line) }),
    );
    if (role === 'api') apiUrl = `${app.url}/graphql`;
    apps.push(app);
  }

  it('takes, delivers, retries, gives up, replays by hand and tells who watches', async () => {
    let works = false;
    receiver.answer(({ path }) => (path === '/by-role' && !works ? { status: 500 } : {}));
    const acme = await makeTenantUnderTest(apiUrl, OPERATOR_KEY, 'acme');
    await acme.endpoint({ url: receiver.url('/by-role'), eventTypes: ['by.role'] });
    const stream = watchDeliveries(apiUrl, acme.key);
    await acme.publish({ type: 'by.role' });
    const statusIs = (status: string) => async () =>
      (await acme.deliveries({ types: ['by.role'] })).map((one) => one.status).join() === status;
    await waitUntil(statusIs('DEAD_LETTERED'), 20_000);
    works = true;
    const [dead] = await acme.deliveries({ types: ['by.role'] });
    await acme.client.ask('mutation ($id: ID!) { deliveryRetry(id: $id) { delivery { id } } }', {
      id: dead?.id,
    });
    await waitUntil(statusIs('DELIVERED'), 20_000);
    await waitUntil(() => stream.updates.at(-1)?.status === 'DELIVERED', 20_000);
    await stream.close();
    // A stream goes on without the broker, by the change log: what is refused is told by the log alone.
    expect(logged.filter((line) => /ACCESS[-_]REFUSED|command denied|Access denied/.test(line))).toEqual([]);
  }, 60_000);

  it.each([
    ['change', "update audit_entries set action = 'other'"],
    ['take out', 'delete from audit_entries'],
    ['empty', 'truncate table audit_entries'],
    ['drop the table of', 'drop table audit_entries'],
    ['change the table of', 'alter table audit_entries truncate partition p_future'],
  ])('the database users of the API and of workers cannot %s entries of the audit log', async (_, sql) => {
    for (const role of ['api', 'worker']) {
      const connection = await createConnection({ uri: as(databaseUserOf(role), database.url) });
      const [rows] = await connection.query('select count(*) as n from audit_entries');
      expect((rows as { n: number }[])[0]?.n).toBeGreaterThan(0);
      await expect(connection.query(sql)).rejects.toThrow(/command denied/);
      await connection.end();
    }
  });

  it.each<[string, (channel: ConfirmChannel) => unknown]>([
    ['read what is to be delivered', (channel) => channel.get('by-role.deliver')],
    ['read the dead letters', (channel) => channel.get('by-role.dead-letters')],
    ['read what was rejected', (channel) => channel.get('by-role.rejected')],
    ['read events', (channel) => channel.get('by-role.route')],
    ['publish to the ladder', (channel) => channel.publish('by-role.retry', '1', Buffer.from('{}'))],
    ['make a queue', (channel) => channel.assertQueue('by-role.mine')],
    ['delete a queue', (channel) => channel.deleteQueue('by-role.deliver')],
  ])('the API’s user cannot %s', async (_, work) => {
    const channel = await api.createConfirmChannel();
    const code = await new Promise((resolve) => {
      channel.on('error', (error: { code: number }) => resolve(error.code));
      Promise.resolve(work(channel)).catch(() => undefined);
    });
    expect(code).toBe(403);
  });
});
