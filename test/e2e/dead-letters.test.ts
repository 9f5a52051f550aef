import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let graphqlUrl: string;
/** Answers by path. */
const statuses = new Map<string, number>();

const RETRY = 'mutation ($id: ID!) { deliveryRetry(id: $id) { delivery { status } userErrors { code } } }';

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1' });
  ({ graphqlUrl } = await warren.start());
  receiver = await startReceiver();
  receiver.answer(({ path }) => ({ status: statuses.get(path) ?? 204 }));
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

async function statusBecomes(id: string, status: string): Promise<void> {
  await waitUntil(async () => (await acme.delivery(id)).status === status, 8000);
}

describe('a delivery whose ladder is used up', () => {
  let dead: Arrival;

  it('is dead-lettered in the database and in the queue, with what a tool needs to know', async () => {
    await acme.endpoint({ url: receiver.url('/operations'), eventTypes: ['warren.#'] });
    statuses.set('/dead', 500);
    const { id: endpointId } = await acme.endpoint({
      url: receiver.url('/dead'),
      eventTypes: ['order.lost'],
    });
    await warren.publish('acme', 'order.lost', Buffer.from('{ "n": 1 }'));
    await waitUntil(() => receiver.at('/dead').length === 2);
    dead = receiver.at('/dead')[0] as Arrival;
    await statusBecomes(dead.id, 'DEAD_LETTERED');
    const { fields, properties, content } = await warren.stranger.take(warren.queue('dead-letters'));
    expect(fields.routingKey).toBe('order.lost');
    expect(content.toString()).toBe('{ "n": 1 }');
    expect(properties.messageId).toBe(dead.id);
    expect(properties.headers).toMatchObject({
      tenant: acme.id,
      'delivery-id': dead.id,
      'endpoint-id': endpointId,
      attempts: 2,
      'last-error': 'HTTP_500',
    });
  });

  it('is told to subscribers of warren.#', async () => {
    await waitUntil(() => receiver.at('/operations').length === 1);
    const { headers, body } = receiver.at('/operations')[0] as Arrival;
    expect(headers['warren-event-type']).toBe('warren.delivery.dead_lettered');
    expect(JSON.parse(body.toString())).toMatchObject({
      type: 'warren.delivery.dead_lettered',
      data: { deliveryId: dead.id, eventType: 'order.lost', lastError: 'HTTP_500' },
    });
  });

  it('is not there for another tenant, neither to be retried or cancelled nor to be replayed', async () => {
    const stranger = await warren.tenant('stranger', graphqlUrl);
    const absent = 'dlv_0000000000000000000000000z';
    const tries = [
      'mutation ($id: ID!) { answer: deliveryRetry(id: $id) { userErrors { code message } } }',
      'mutation ($id: ID!) { answer: deliveryCancel(id: $id) { userErrors { code message } } }',
      'mutation ($id: ID!) { answer: replayCreate(input: { deliveryIds: [$id] }) { userErrors { code message } } }',
    ];
    for (const document of tries) {
      const answer = await stranger.client.ask<{ answer: { userErrors: unknown[] } }>(document, {
        id: dead.id,
      });
      expect(answer.answer.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
      expect(answer).toEqual(await stranger.client.ask(document, { id: absent }));
    }
    expect((await acme.delivery(dead.id)).status).toBe('DEAD_LETTERED');
    expect(receiver.at('/dead')).toHaveLength(2);
  });

  it('starts the ladder anew when it is retried and fails again', async () => {
    const { deliveryRetry } = await acme.client.ask<{ deliveryRetry: unknown }>(RETRY, { id: dead.id });
    expect(deliveryRetry).toEqual({ delivery: { status: 'PENDING' }, userErrors: [] });
    await waitUntil(() => receiver.at('/dead').length === 4, 8000);
    await statusBecomes(dead.id, 'DEAD_LETTERED');
    expect(receiver.at('/dead').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(new Set(receiver.at('/dead').map(({ id }) => id)).size).toBe(1);
  });

  it('is delivered when it is retried and the receiver is well again', async () => {
    statuses.delete('/dead');
    await acme.client.ask(RETRY, { id: dead.id });
    await statusBecomes(dead.id, 'DELIVERED');
    const { attempts, lastError, deliveredAt } = await acme.delivery(dead.id);
    expect(attempts.map(({ ok }) => ok)).toEqual([false, false, false, false, true]);
    expect(lastError).toBeNull();
    expect(deliveredAt).not.toBeNull();
  });

  it('was told twice, once for each time it died, and not more', async () => {
    await waitUntil(() => receiver.at('/operations').length === 2);
    expect(receiver.at('/operations').map(({ headers }) => headers['warren-event-type'])).toEqual([
      'warren.delivery.dead_lettered',
      'warren.delivery.dead_lettered',
    ]);
  });
});

describe('a delivery of an operational event', () => {
  it('causes no further operational events when it dies itself', async () => {
    const other = await warren.tenant('other', graphqlUrl);
    statuses.set('/sick', 500);
    await other.endpoint({ url: receiver.url('/sick'), eventTypes: ['#'] });
    await other.publish({ type: 'order.lost' });
    // Two attempts for the event, two for the operational event about it; all of them fail.
    await waitUntil(() => receiver.at('/sick').length === 4, 10_000);
    await waitUntil(async () => (await other.deliveries()).every(({ status }) => status === 'DEAD_LETTERED'));
    await other.publish({ type: 'a.later.one' });
    await waitUntil(() =>
      receiver.at('/sick').some(({ headers }) => headers['warren-event-type'] === 'a.later.one'),
    );
    const types = (await other.deliveries()).map(({ event }) => event.type).sort();
    expect(types).toEqual(['a.later.one', 'order.lost', 'warren.delivery.dead_lettered']);
  });
});

describe('a receiver that answers 410 Gone', () => {
  it('ends the delivery at once and disables the endpoint, and its tenant is told', async () => {
    const before = receiver.at('/operations').length;
    statuses.set('/gone', 410);
    const { id: endpointId } = await acme.endpoint({ url: receiver.url('/gone'), eventTypes: ['gone.*'] });
    await warren.publish('acme', 'gone.first', {});
    await waitUntil(() => receiver.at('/gone').length === 1);
    const { id } = receiver.at('/gone')[0] as Arrival;
    await statusBecomes(id, 'DEAD_LETTERED');
    await waitUntil(() => receiver.at('/operations').length === before + 2);
    const told = receiver.at('/operations').slice(before);
    expect(told.map(({ headers }) => headers['warren-event-type']).sort()).toEqual([
      'warren.delivery.dead_lettered',
      'warren.endpoint.disabled',
    ]);
    const { endpoint } = await acme.client.ask<{ endpoint: { status: string; disabledReason: string } }>(
      'query ($id: ID!) { endpoint(id: $id) { status disabledReason } }',
      { id: endpointId },
    );
    expect(endpoint.status).toBe('DISABLED');
    expect(endpoint.disabledReason).toContain('410');
  });

  it('gets nothing more: later deliveries are HELD', async () => {
    await acme.publish({ type: 'gone.second' });
    await waitUntil(async () => (await acme.deliveries({ types: ['gone.second'] })).length === 1);
    expect(await acme.deliveries({ types: ['gone.second'] })).toMatchObject([
      { status: 'HELD', heldBecause: 'DISABLED', attemptCount: 0, attempts: [] },
    ]);
    expect(receiver.at('/gone')).toHaveLength(1);
  });
});

it('a dead letter cannot be retried once its endpoint is deleted: nothing would be sent', async () => {
  statuses.set('/deleted', 410);
  const { id: endpointId } = await acme.endpoint({
    url: receiver.url('/deleted'),
    eventTypes: ['order.deleted'],
  });
  await acme.publish({ type: 'order.deleted' });
  await waitUntil(() => receiver.at('/deleted').length === 1);
  const { id } = receiver.at('/deleted')[0] as Arrival;
  await statusBecomes(id, 'DEAD_LETTERED');
  await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id: endpointId });
  const { deliveryRetry } = await acme.client.ask<{ deliveryRetry: unknown }>(RETRY, { id });
  expect(deliveryRetry).toEqual({ delivery: null, userErrors: [{ code: 'CONFLICT' }] });
  expect(await acme.delivery(id)).toMatchObject({ status: 'DEAD_LETTERED', lastError: 'HTTP_410' });
});
