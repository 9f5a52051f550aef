import { countById, startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let other: TenantUnderTest;
let secondUrl: string;

beforeAll(async () => {
  warren = await deployWarren();
  const first = await warren.start();
  // Two routers, so that twins meet in the database and not only in one batch.
  ({ graphqlUrl: secondUrl } = await warren.start());
  receiver = await startReceiver();
  acme = await warren.tenant('acme', first.graphqlUrl);
  other = await warren.tenant('other', secondUrl);
  await acme.endpoint({ url: receiver.url('/acme'), eventTypes: ['#'] });
  await other.endpoint({ url: receiver.url('/other'), eventTypes: ['#'] });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

/** What is published after the twins, with a key as they have, arrives after them: then there is nothing more to come. */
async function settle(tenant: TenantUnderTest, type: string): Promise<void> {
  await waitUntil(async () => (await warren.stranger.depth(warren.queue('route'))) === 0);
  await tenant.publish({ type: `${type}.last`, idempotencyKey: `${type}.last` });
  await waitUntil(() =>
    receiver.at(`/${tenant.slug}`).some(({ headers }) => headers['warren-event-type'] === `${type}.last`),
  );
}

const arrivedOf = (slug: string, type: string) =>
  receiver.at(`/${slug}`).filter(({ headers }) => headers['warren-event-type'] === type);

it('delivers an AMQP message once that comes twice under one message_id', async () => {
  await warren.publish('acme', 'amqp.twice', { n: 1 }, 'key-1');
  // Two routers side by side may take two waiting messages in either order.
  await waitUntil(() => arrivedOf('acme', 'amqp.twice').length === 1);
  await warren.publish('acme', 'amqp.twice', { n: 2 }, 'key-1');
  await settle(acme, 'amqp.twice');
  expect(arrivedOf('acme', 'amqp.twice')).toHaveLength(1);
  expect(arrivedOf('acme', 'amqp.twice')[0]?.body.toString()).toContain('{"n":1}');
});

it('delivers messages without a message_id each', async () => {
  await warren.publish('acme', 'amqp.keyless', {});
  await warren.publish('acme', 'amqp.keyless', {});
  await waitUntil(() => arrivedOf('acme', 'amqp.keyless').length === 2);
});

it('answers a repeated idempotencyKey with the first id and duplicate: true', async () => {
  const first = await acme.publish({ type: 'api.twice', data: { n: 1 }, idempotencyKey: 'key-2' });
  const again = await acme.publish({ type: 'api.twice', data: { n: 2 }, idempotencyKey: 'key-2' });
  expect(first.duplicate).toBe(false);
  expect(again).toEqual({ eventId: first.eventId, duplicate: true });
  await settle(acme, 'api.twice');
  expect(arrivedOf('acme', 'api.twice')).toHaveLength(1);
});

it('counts one key across AMQP and GraphQL, whichever comes first', async () => {
  await warren.publish('acme', 'mixed.amqp-first', {}, 'key-3');
  await waitUntil(() => arrivedOf('acme', 'mixed.amqp-first').length === 1);
  const repeated = await acme.publish({ type: 'mixed.amqp-first', idempotencyKey: 'key-3' });
  expect(repeated.duplicate).toBe(true);
  expect(repeated.eventId).toBe(arrivedOf('acme', 'mixed.amqp-first')[0]?.headers['warren-event-id']);
  const first = await acme.publish({ type: 'mixed.api-first', idempotencyKey: 'key-4' });
  await warren.publish('acme', 'mixed.api-first', {}, 'key-4');
  await settle(acme, 'mixed');
  expect(arrivedOf('acme', 'mixed.amqp-first')).toHaveLength(1);
  expect(arrivedOf('acme', 'mixed.api-first').map(({ headers }) => headers['warren-event-id'])).toEqual([
    first.eventId,
  ]);
});

it('gives everybody the same id when many publish one key at the same moment', async () => {
  const keys = Array.from({ length: 10 }, (_, n) => `race-${n}`);
  const publishes = keys.flatMap((key) =>
    Array.from({ length: 6 }, (_, n) => {
      const tenant = n % 2 === 0 ? acme : acme.through(secondUrl);
      return tenant.publish({ type: 'race', idempotencyKey: key }).then((receipt) => ({ key, ...receipt }));
    }),
  );
  const amqp = keys.map((key) => warren.publish('acme', 'race', {}, key));
  const receipts = await Promise.all(publishes);
  await Promise.all(amqp);
  for (const key of keys) {
    const own = receipts.filter((receipt) => receipt.key === key);
    expect(new Set(own.map(({ eventId }) => eventId)).size).toBe(1);
    expect(own.filter(({ duplicate }) => !duplicate).length).toBeLessThanOrEqual(1);
  }
  // What is under way in one batch may be passed by the next.
  await waitUntil(() => arrivedOf('acme', 'race').length >= keys.length);
  await settle(acme, 'race');
  expect(arrivedOf('acme', 'race')).toHaveLength(keys.length);
  expect([...countById(arrivedOf('acme', 'race')).values()]).toEqual(keys.map(() => 1));
  const expected = [...new Set(receipts.map(({ eventId }) => eventId))].sort();
  expect(
    arrivedOf('acme', 'race')
      .map(({ headers }) => headers['warren-event-id'])
      .sort(),
  ).toEqual(expected);
});

it('does not mix up the same key of two tenants', async () => {
  const mine = await acme.publish({ type: 'same.key', data: 'mine', idempotencyKey: 'key-5' });
  const theirs = await other.publish({ type: 'same.key', data: 'theirs', idempotencyKey: 'key-5' });
  await warren.publish('other', 'same.key', 'theirs', 'key-6');
  await warren.publish('acme', 'same.key', 'mine', 'key-6');
  expect(theirs.duplicate).toBe(false);
  expect(theirs.eventId).not.toBe(mine.eventId);
  await waitUntil(
    () => arrivedOf('acme', 'same.key').length === 2 && arrivedOf('other', 'same.key').length === 2,
  );
  expect(arrivedOf('acme', 'same.key').every(({ body }) => body.toString().includes('"mine"'))).toBe(true);
  expect(arrivedOf('other', 'same.key').every(({ body }) => body.toString().includes('"theirs"'))).toBe(true);
});

it('sends a batch once in which one key stands twice', async () => {
  const { eventsPublish } = await acme.client.ask<{ eventsPublish: { eventIds: string[] } }>(
    'mutation ($events: [EventPublishInput!]!) { eventsPublish(input: { events: $events }) { eventIds userErrors { code } } }',
    {
      events: [1, 2, 3].map((n) => ({
        type: 'in.batch',
        data: { n },
        idempotencyKey: n === 3 ? 'key-8' : 'key-7',
      })),
    },
  );
  expect(eventsPublish.eventIds).toHaveLength(3);
  expect(eventsPublish.eventIds[0]).toBe(eventsPublish.eventIds[1]);
  expect(eventsPublish.eventIds[2]).not.toBe(eventsPublish.eventIds[0]);
  await settle(acme, 'in.batch');
  expect(arrivedOf('acme', 'in.batch')).toHaveLength(2);
});
