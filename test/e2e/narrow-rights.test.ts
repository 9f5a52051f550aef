import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { startApp, type App } from '../../src/app';
import { readConfig } from '../../src/config';
import { makeLogger } from '../../src/runtime/logger';
import { startOwnBroker, type OwnBroker } from '../chaos/own-servers';
import { makeGraphqlClient } from '../support/graphql-client';
import { startReceiver, type Receiver } from '../support/receiver';
import { makeTenantUnderTest } from '../support/tenant-under-test';
import { makeTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

/** The rights that docs/topology.md and docs/operating.md give, and no others: Warren works with them, a producer is kept to its exchange. */
const OPERATOR_KEY = 'wrn_an-operator-key-for-tests-only';
const BROKER_RIGHTS = '^(warren\\..*|amq\\.gen.*)$';
const DATABASE_RIGHTS = 'select, insert, update, delete, create, alter, drop, index';

let broker: OwnBroker;
let database: TestDatabase;
let databaseUser: string;
let receiver: Receiver;
let app: App;
let producer: ChannelModel;

beforeAll(async () => {
  broker = await startOwnBroker(() => undefined);
  for (const [user, ...rights] of [
    ['warren', BROKER_RIGHTS, BROKER_RIGHTS, BROKER_RIGHTS],
    ['orders', '^$', '^warren\\.events$', '^$'],
  ] as const) {
    await broker.ctl('add_user', user, 'a-password');
    await broker.ctl('set_permissions', '-p', '/', user, ...rights);
  }
  database = await makeTestDatabase();
  const name = new URL(database.url).pathname.slice(1);
  databaseUser = name.slice(-20);
  await database.dataSource.query(`create user '${databaseUser}'@'%' identified by 'a-password'`);
  await database.dataSource.query(`grant ${DATABASE_RIGHTS} on \`${name}\`.* to '${databaseUser}'@'%'`);
  receiver = await startReceiver();
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
  await Promise.all([broker.end(), database.drop(), receiver.close()]);
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
  await operator.send('mutation { tenantCreate(input: { slug: "other", name: "Other" }) { tenant { id } } }');
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
  ['read the dead letters', (channel) => channel.get('warren.dead')],
  ['watch the statuses', (channel) => channel.bindQueue('warren.dead', 'warren.status', '#')],
  ['declare a queue', (channel) => channel.assertQueue('warren.mine')],
  ['delete a queue', (channel) => channel.deleteQueue('warren.deliver')],
  ['delete an exchange', (channel) => channel.deleteExchange('warren.events')],
])('a producer cannot %s', async (_, work) => {
  expect(await refusalOf(work)).toBe(403);
});
