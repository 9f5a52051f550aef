import { watchDeliveries, type DeliveryStream, type SeenUpdate } from '../support/delivery-stream';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let first: Started;
let second: Started;
let acme: TenantUnderTest;
let other: TenantUnderTest;
let everything: DeliveryStream;
const EVENTS = 20;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1' });
  first = await warren.start();
  second = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', first.graphqlUrl);
  other = await warren.tenant('other', first.graphqlUrl);
  await acme.endpoint({ url: receiver.url('/acme'), eventTypes: ['#'] });
  receiver.answer(({ attempt, headers }) =>
    headers['warren-event-type'] === 'fails.once' && attempt === 1 ? { status: 500 } : {},
  );
  everything = await watching(second.graphqlUrl, acme.key);
}, 60_000);
afterAll(async () => {
  await everything.close();
  await warren.end();
  await receiver.close();
}, 60_000);

/** A stream that is known to be open: it has seen an event made for it. */
async function watching(
  url: string,
  key: string,
  variables: { filter?: object; after?: string } = {},
): Promise<DeliveryStream> {
  const stream = watchDeliveries(url, key, variables);
  const type = 'is.it.open';
  await waitUntil(async () => {
    await acme.publish({ type });
    return stream.ofType(type).length > 0;
  });
  return stream;
}

const statusesByDelivery = (updates: readonly SeenUpdate[]): Map<string, string[]> => {
  const statuses = new Map<string, string[]>();
  for (const { delivery, status } of updates) {
    statuses.set(delivery.id, [...(statuses.get(delivery.id) ?? []), status]);
  }
  return statuses;
};
const cursors = (updates: readonly SeenUpdate[]): string[] => updates.map(({ cursor }) => cursor);

it('shows each change of a delivery once and in order, through another process than the one that made it', async () => {
  await Promise.all(Array.from({ length: EVENTS }, (_, n) => acme.publish({ type: 'in.order', data: n })));
  await waitUntil(() => everything.ofType('in.order').length === 2 * EVENTS);
  const byDelivery = statusesByDelivery(everything.ofType('in.order'));
  expect(byDelivery.size).toBe(EVENTS);
  for (const statuses of byDelivery.values()) expect(statuses).toEqual(['PENDING', 'DELIVERED']);
  expect(new Set(cursors(everything.updates)).size).toBe(everything.updates.length);
  for (const { status, attempt } of everything.ofType('in.order')) {
    if (status === 'DELIVERED') expect(attempt).toMatchObject({ number: 1, ok: true, responseStatus: 204 });
    else expect(attempt).toBeNull();
  }
});

it('shows a failed attempt with its answer, then the one that succeeded', async () => {
  await acme.publish({ type: 'fails.once' });
  await waitUntil(() => everything.ofType('fails.once').length === 3);
  expect(everything.ofType('fails.once')).toMatchObject([
    { status: 'PENDING', attempt: null },
    { status: 'RETRYING', attempt: { number: 1, ok: false, responseStatus: 500 } },
    { status: 'DELIVERED', attempt: { number: 2, ok: true, responseStatus: 204 } },
  ]);
});

it('resumes after any cursor without a gap or a repeat', async () => {
  for (const position of [0, 7, everything.updates.length - 1]) {
    const resumed = watchDeliveries(first.graphqlUrl, acme.key, {
      after: everything.updates[position]?.cursor ?? '',
    });
    await acme.publish({ type: `resumed.at.${position}` });
    const last = (stream: DeliveryStream): boolean => stream.ofType(`resumed.at.${position}`).length === 2;
    await waitUntil(() => last(resumed) && last(everything));
    expect(cursors(resumed.updates)).toEqual(cursors(everything.updates.slice(position + 1)));
    await resumed.close();
  }
});

it('resumes after a restart of the API with what happened while it was away', async () => {
  const seen = everything.updates.at(-1)?.cursor ?? '';
  await second.app.stop();
  expect(everything.ended()).toBeDefined();
  await acme.publish({ type: 'while.away' });
  await waitUntil(() =>
    receiver.at('/acme').some(({ headers }) => headers['warren-event-type'] === 'while.away'),
  );
  second = await warren.start();
  const resumed = watchDeliveries(second.graphqlUrl, acme.key, { after: seen });
  await acme.publish({ type: 'back.again' });
  await waitUntil(() => resumed.ofType('back.again').length === 2);
  expect(resumed.updates.map(({ delivery, status }) => `${delivery.event.type} ${status}`)).toEqual([
    'while.away PENDING',
    'while.away DELIVERED',
    'back.again PENDING',
    'back.again DELIVERED',
  ]);
  await resumed.close();
});

it('filters by type and status', async () => {
  const delivered = await watching(first.graphqlUrl, acme.key, {
    filter: { types: ['wanted', 'is.it.open'], status: ['DELIVERED'] },
  });
  await acme.publish({ type: 'unwanted' });
  await acme.publish({ type: 'wanted' });
  await waitUntil(() => delivered.ofType('wanted').length === 1);
  await acme.publish({ type: 'wanted' });
  await waitUntil(() => delivered.ofType('wanted').length === 2);
  expect(delivered.updates.every(({ status }) => status === 'DELIVERED')).toBe(true);
  expect(delivered.ofType('unwanted')).toEqual([]);
  await delivered.close();
});

it('shows another tenant nothing', async () => {
  await other.endpoint({ url: receiver.url('/other'), eventTypes: ['#'] });
  const theirs = watchDeliveries(first.graphqlUrl, other.key);
  await waitUntil(async () => {
    await acme.publish({ type: 'private' });
    await other.publish({ type: 'their.own' });
    return theirs.ofType('their.own').length > 4;
  });
  expect(theirs.updates.every(({ delivery }) => delivery.event.type === 'their.own')).toBe(true);
  await theirs.close();
});

it('takes a cursor of another tenant for no cursor at all', async () => {
  const theirs = watchDeliveries(first.graphqlUrl, other.key, { after: everything.updates[0]?.cursor ?? '' });
  await waitUntil(() => theirs.ended() !== undefined);
  expect(JSON.stringify(theirs.ended())).toContain('BAD_USER_INPUT');
  expect(theirs.updates).toEqual([]);
  await theirs.close();
});

it.each(['the same process', 'another process'])(
  'closes the socket of a revoked key within two seconds, revoked through %s',
  async (by) => {
    const { apiKeyCreate } = await acme.client.ask<{
      apiKeyCreate: { plainKey: string; apiKey: { id: string } };
    }>(
      'mutation { apiKeyCreate(input: { name: "short-lived", scopes: ["deliveries:read"] }) { plainKey apiKey { id } } }',
    );
    const stream = await watching(first.graphqlUrl, apiKeyCreate.plainKey);
    const revoker = by === 'the same process' ? acme : acme.through(second.graphqlUrl);
    const revokedAtMs = Date.now();
    await revoker.client.ask('mutation ($id: ID!) { apiKeyRevoke(id: $id) { deletedId } }', {
      id: apiKeyCreate.apiKey.id,
    });
    await waitUntil(() => stream.ended() !== undefined);
    expect(Date.now() - revokedAtMs).toBeLessThan(2000);
    expect(stream.ended()).toMatchObject({ code: 4403 });
    await stream.close();
  },
);
