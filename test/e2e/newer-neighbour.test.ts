import { once } from 'node:events';
import { connect } from 'amqplib';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../support/warren-under-test';

/**
 * This version beside the next one, as far as one program can show it: a schema, a broker and messages that have more
 * than it knows, and messages that lack what an older one does not write. With an older program it is tried by
 * `npm run chaos -- upgrade`.
 */
let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let router: Started;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_DIRECT_DISPATCH: 'false' });
  await migrateFurther();
  await declareMore();
  receiver = await startReceiver();
  router = await warren.start({ WARREN_ROLES: 'api,router' });
  acme = await warren.tenant('acme', router.graphqlUrl);
  await acme.endpoint({ url: receiver.url('/hook'), eventTypes: ['order.placed'], retrySchedule: [1] });
}, 60_000);
afterAll(async () => {
  await warren.stranger.remove([warren.queue('tomorrow')], [warren.queue('tomorrow')]);
  await warren.end();
  await receiver.close();
}, 60_000);

/** What migrations of tomorrow may do: a column more in every table, a table more, and their names on record. */
async function migrateFurther(): Promise<void> {
  const tables = await warren.sql<{ name: string }>(
    'select table_name as name from information_schema.tables where table_schema = database()',
  );
  expect(tables.length).toBeGreaterThan(20);
  for (const { name } of tables)
    if (name !== 'migrations')
      await warren.sql(
        `alter table ${name} add column of_tomorrow varchar(20) not null default 'unknown' first`,
      );
  await warren.sql('create table tomorrow (id binary(16) not null primary key)');
  await warren.sql(
    "insert into migrations (timestamp, name) values (2790000000000, 'Tomorrow2790000000000')",
  );
}

/** What tomorrow's topology may add: an exchange, a queue, and bindings of both to what there is today. */
async function declareMore(): Promise<void> {
  const model = await connect(warren.env.AMQP_URL ?? '');
  const channel = await model.createChannel();
  const tomorrow = warren.queue('tomorrow');
  await channel.assertExchange(tomorrow, 'fanout', { durable: true });
  await channel.assertExchange(warren.queue('dead'), 'topic', { durable: true });
  await channel.assertExchange(warren.queue('retry'), 'direct', { durable: true });
  await channel.assertQueue(tomorrow, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindExchange(tomorrow, warren.queue('dead'), '#');
  await channel.bindQueue(tomorrow, warren.queue('retry'), 'tomorrow');
  const closed = once(model, 'close');
  await model.close();
  await closed;
}

it('routes, delivers, retries and shows beside a schema, a topology and messages of tomorrow', async () => {
  receiver.answer(({ attempt }) => (attempt === 1 ? { status: 500 } : {}));
  for (const hint of ['{"kind":"tomorrow","of":{}}', 'null', 'no JSON at all'])
    await warren.stranger.publish(warren.queue('control'), '', hint);
  await warren.stranger.publish(warren.queue('events'), 'order.placed', '{"n":1}', {
    contentType: 'application/json',
    headers: { tenant: 'acme', colour: 'blue', 'a-header-of-tomorrow': { nested: [1] } },
  });

  // As the router wrote it, with a member more, and without those that an older version does not write.
  const { content } = await warren.stranger.take(warren.queue('deliver'));
  const end = content.indexOf('\n');
  const { traceparent, attemptBefore, orderingKey, mayHaveTwin, byHand, ...head } = JSON.parse(
    content.toString('utf8', 0, end),
  ) as Record<string, unknown>;
  expect(
    [traceparent, attemptBefore, orderingKey, mayHaveTwin, byHand].every((one) => one === undefined),
  ).toBe(true);
  const changed = Buffer.from(JSON.stringify({ ofTomorrow: { round: true }, ...head }));
  await warren.start({ WARREN_ROLES: 'worker' });
  await warren.stranger.publish(
    warren.queue('deliveries'),
    'due',
    Buffer.concat([changed, content.subarray(end)]),
    { headers: { 'a-header-of-tomorrow': true } },
  );

  await waitUntil(async () => (await acme.deliveries())[0]?.status === 'DELIVERED', 15_000);
  const seen = receiver.at('/hook').map(({ attempt, body }) => [attempt, body.toString().includes('"n":1')]);
  expect(seen).toEqual([
    [1, true],
    [2, true],
  ]);
  const [delivery] = await acme.deliveries();
  expect(delivery?.attempts.map(({ responseStatus }) => responseStatus)).toEqual([500, 204]);
  expect(await router.app.readiness()).toEqual([]);
  expect(warren.logLines.filter((line) => line.includes('listener.message_unread'))).toHaveLength(2);
  expect(warren.logLines.filter((line) => line.includes('connect_failed'))).toEqual([]);
}, 60_000);
