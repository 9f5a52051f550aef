import { saveEventType } from '../../support/event-types';
import { makeGraphqlClient } from '../../support/graphql-client';
import { countById, startReceiver, type Receiver } from '../../support/outsiders/receiver';
import { endOf, replayOf } from '../../support/replaying';
import type { MadeEndpoint, TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let url: string;
/** What the receiver refuses for now. */
const refusing = new Set<string>();

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1' });
  const { graphqlUrl } = await warren.start();
  url = graphqlUrl;
  receiver = await startReceiver();
  receiver.answer(({ path }) => ({ status: refusing.has(path) ? 500 : 204 }));
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

/** An endpoint of its own for a test, with so many deliveries that have come to an end. */
async function prepared(name: string, count: number, input: object = {}): Promise<MadeEndpoint> {
  const endpoint = await acme.endpoint({
    url: receiver.url(`/${name}`),
    eventTypes: [`${name}.#`],
    ...input,
  });
  for (let n = 0; n < count; n++) await acme.publish({ type: `${name}.made`, data: n });
  await settled(endpoint.id, count);
  return endpoint;
}

const ENDED = ['DELIVERED', 'DEAD_LETTERED', 'CANCELLED'];
async function settled(endpointId: string, count: number): Promise<void> {
  await waitUntil(
    async () => (await acme.deliveries({ endpointId, status: ENDED })).length === count,
    20_000,
  );
}
const idsOf = (path: string): string[] => [...countById(receiver.at(path)).keys()].sort();
const numbersAt = (path: string): number[] =>
  receiver.at(path).map(({ body }) => (JSON.parse(body.toString()) as { data: number }).data);
const inOrder = Array.from({ length: 20 }, (_, n) => n);
const heldBecause = async (endpointId: string): Promise<unknown[]> =>
  (await acme.deliveries({ endpointId, status: ['HELD'] })).map((delivery) => delivery.heldBecause);
const longAgo = (): string => new Date(Date.now() - 3_600_000).toISOString();

describe('a replay', () => {
  it('sends an endpoint’s dead letters again, each once under its old webhook-id and from the foot of the ladder', async () => {
    refusing.add('/failing');
    const { id } = await prepared('failing', 5, { retrySchedule: [] });
    const [before] = await acme.deliveries({ endpointId: id });
    expect(before).toMatchObject({ status: 'DEAD_LETTERED', attemptCount: 1 });
    refusing.delete('/failing');
    const ids = idsOf('/failing');

    const asked = await replayOf(acme, { endpointId: id, status: ['DEAD_LETTERED'] });
    expect(asked).toMatchObject({ status: 'RUNNING', total: 5, done: 0, finishedAt: null });
    expect(await endOf(acme, asked.id)).toMatchObject({
      ...{ status: 'COMPLETED', total: 5, done: 5, skipped: 0, error: null },
      finishedAt: expect.any(String) as string,
    });
    await waitUntil(
      async () => (await acme.deliveries({ endpointId: id, status: ['DELIVERED'] })).length === 5,
    );
    expect(
      receiver
        .at('/failing')
        .slice(5)
        .map(({ attempt }) => attempt),
    ).toEqual([2, 2, 2, 2, 2]);
    expect(idsOf('/failing')).toEqual(ids);
  });

  it('sends what failed again in its replay along the ladder, as anything else', async () => {
    refusing.add('/climbing');
    const { id } = await prepared('climbing', 1, { retrySchedule: [1] });
    expect(receiver.at('/climbing')).toHaveLength(2);
    await endOf(acme, (await replayOf(acme, { endpointId: id, status: ['DEAD_LETTERED'] })).id);
    await waitUntil(() => receiver.at('/climbing').length === 4);
    expect(receiver.at('/climbing').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    await settled(id, 1);
  });

  it('of a range takes what has ended by itself, and leaves what was cancelled', async () => {
    const { id } = await prepared('range', 3);
    const [first, , last] = (await acme.deliveries({ endpointId: id })).reverse();
    await warren.sql(
      'update deliveries set status = 6 where endpoint_id = (select e.id from endpoints e where e.url = ?) order by id limit 1',
      [receiver.url('/range')],
    );
    expect((await acme.delivery(first?.id ?? '')).status).toBe('CANCELLED');
    const { total, id: replayId } = await replayOf(acme, { endpointId: id });
    expect(total).toBe(2);
    expect(await endOf(acme, replayId)).toMatchObject({ done: 2 });
    await waitUntil(() => receiver.at('/range').length === 5);
    expect(countById(receiver.at('/range')).get(first?.id ?? '')).toBe(1);
    expect(countById(receiver.at('/range')).get(last?.id ?? '')).toBe(2);
  });

  it('takes what it is told by id, whatever became of it', async () => {
    const { id } = await prepared('named', 3);
    const [one, two] = await acme.deliveries({ endpointId: id });
    const deliveryIds = [one?.id ?? '', two?.id ?? ''];
    expect(await endOf(acme, (await replayOf(acme, { deliveryIds })).id)).toMatchObject({
      total: 2,
      done: 2,
    });
    await waitUntil(() => receiver.at('/named').length === 5);
    expect(
      receiver
        .at('/named')
        .slice(3)
        .map(({ id: webhookId }) => webhookId)
        .sort(),
    ).toEqual(deliveryIds.sort());
  });

  it('takes only the types and times it is told', async () => {
    const { id } = await prepared('typed', 2, { eventTypes: ['typed.#', 'Typed.#'] });
    const from = new Date().toISOString();
    for (const type of ['typed.other', 'Typed.made', 'typed.made']) await acme.publish({ type });
    await settled(id, 5);
    const asked = await replayOf(acme, { types: ['typed.made'], since: from, status: ['DELIVERED'] });
    expect(asked).toMatchObject({ total: 1 });
    expect(await endOf(acme, asked.id)).toMatchObject({ done: 1 });
    await waitUntil(() => receiver.at('/typed').length === 6);
    const newest = (await acme.deliveries({ endpointId: id }))[0];
    expect(receiver.at('/typed').at(-1)?.id).toBe(newest?.id);
    const none = await replayOf(acme, { endpointId: id, until: longAgo() });
    expect(await endOf(acme, none.id)).toMatchObject({ status: 'COMPLETED', total: 0, done: 0 });
  });

  it('does nothing twice when two replays take the same deliveries', async () => {
    const { id } = await prepared('twice', 4);
    const [one, two] = await Promise.all([
      replayOf(acme, { endpointId: id }),
      replayOf(acme, { endpointId: id }),
    ]);
    await Promise.all([endOf(acme, one.id), endOf(acme, two.id)]);
    await settled(id, 4);
    const counts = [...countById(receiver.at('/twice')).values()];
    expect(counts).toHaveLength(4);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...counts)).toBeLessThanOrEqual(3);
  });

  it('skips and counts what goes nowhere any more', async () => {
    const { id } = await prepared('gone', 2);
    await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });
    const { id: replayId } = await replayOf(acme, { types: ['gone.made'] });
    expect(await endOf(acme, replayId)).toMatchObject({ total: 2, done: 2, skipped: 2 });
    expect(receiver.at('/gone')).toHaveLength(2);
  });

  it('holds what goes to an endpoint that is not active, by the ordinary way', async () => {
    const { id } = await prepared('stopped', 2);
    await warren.sql(
      "update endpoints set status = 'PAUSED', config_version = config_version + 1 where url = ?",
      [receiver.url('/stopped')],
    );
    await acme.client.ask(
      'mutation ($id: ID!) { endpointUpdate(input: { id: $id, name: "again" }) { endpoint { status } } }',
      { id },
    );
    await endOf(acme, (await replayOf(acme, { endpointId: id })).id);
    await waitUntil(async () => (await acme.deliveries({ endpointId: id, status: ['HELD'] })).length === 2);
    expect(receiver.at('/stopped')).toHaveLength(2);
  });
});

describe('a backfill', () => {
  const subscribe = async (input: object): Promise<{ id: string; replayId: string | undefined }> => {
    const { made } = await acme.client.ask<{
      made: { webhookSubscription: { id: string }; replay: { id: string; total: number } | null };
    }>(
      `mutation ($input: WebhookSubscriptionInput!) {
        made: webhookSubscriptionCreate(input: $input) {
          webhookSubscription { id } replay { id total } userErrors { field code message }
        }
      }`,
      { input },
    );
    return { id: made.webhookSubscription.id, replayId: made.replay?.id };
  };
  /** An event that what is subscribed afterwards does not get. */
  async function publishedAndRouted(event: { type: string }): Promise<void> {
    const { eventId } = await acme.publish(event);
    await waitUntil(async () => {
      const query = 'query ($id: ID!) { event(id: $id) { id } }';
      return (await acme.client.ask<{ event: object | null }>(query, { id: eventId })).event !== null;
    });
  }

  it('delivers to a new subscription what was received before it, and every later event once', async () => {
    const since = longAgo();
    const { id: endpointId } = await acme.endpoint({ url: receiver.url('/late') });
    for (let n = 0; n < 3; n++) await acme.publish({ type: 'late.made', data: n });
    await acme.publish({ type: 'other.made' });
    const { replayId } = await subscribe({ endpointId, eventTypes: ['late.*'], backfillSince: since });
    await acme.publish({ type: 'late.made', data: 3 });
    expect(await endOf(acme, replayId ?? '')).toMatchObject({ total: 3, done: 3 });
    await waitUntil(() => receiver.at('/late').length === 4);
    await settled(endpointId, 4);
    expect(
      receiver
        .at('/late')
        .map(({ body }) => (JSON.parse(body.toString()) as { data: number }).data)
        .sort(),
    ).toEqual([0, 1, 2, 3]);
    expect(receiver.at('/late').map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
  });

  it('of an endpoint takes in what came while its subscription was off', async () => {
    const since = longAgo();
    const { id, subscriptions } = await acme.endpoint({ url: receiver.url('/off'), eventTypes: ['off.*'] });
    const enable = (enabled: boolean) =>
      acme.client.ask(
        'mutation ($input: WebhookSubscriptionUpdateInput!) { webhookSubscriptionUpdate(input: $input) { userErrors { message } } }',
        { input: { id: subscriptions[0]?.id, enabled } },
      );
    await acme.publish({ type: 'off.before' });
    await settled(id, 1);
    await enable(false);
    await publishedAndRouted({ type: 'off.missed' });
    await enable(true);
    const asked = await replayOf(acme, { endpointId: id, since });
    expect(asked.total).toBe(2);
    expect(await endOf(acme, asked.id)).toMatchObject({ total: 2, done: 2 });
    await waitUntil(() => receiver.at('/off').length === 3);
    expect([...countById(receiver.at('/off')).values()].sort()).toEqual([1, 2]);
  });

  it('leaves out what routing leaves out: by filter, and by the scope that a type requires', async () => {
    const since = longAgo();
    const operator = makeGraphqlClient(url, warren.operatorKey);
    await saveEventType(operator, { name: 'kept.back', requiredScope: 'vip' });
    const { id: endpointId } = await acme.endpoint({ url: receiver.url('/kept') });
    for (const type of ['kept.back', 'kept.out', 'kept.in']) await acme.publish({ type, data: { type } });
    const filter = { data: { type: [{ 'anything-but': 'kept.out' }] } };
    const { replayId } = await subscribe({
      endpointId,
      eventTypes: ['kept.*'],
      filter,
      backfillSince: since,
    });
    expect(await endOf(acme, replayId ?? '')).toMatchObject({ status: 'COMPLETED' });
    await settled(endpointId, 1);
    expect((await acme.deliveries({ endpointId })).map(({ event }) => event.type)).toEqual(['kept.in']);
  });

  describe('to endpoints that cannot take it at once', () => {
    const act = (mutation: string, id: string) => acme.client.ask(mutation, { id });
    const deliverAt = new Date(Date.now() + 3_600_000).toISOString();
    const endpoints: Record<string, string> = {};

    async function backfilled(name: string, event: object): Promise<void> {
      const { id } = await acme.endpoint({ url: receiver.url(`/${name}`), ordered: name !== 'scheduled' });
      endpoints[name] = id;
      for (let n = 0; n < 20; n++) await acme.publish({ type: `${name}.made`, data: n, ...event });
      if (name === 'paused')
        await act('mutation ($id: ID!) { endpointPause(id: $id) { userErrors { code } } }', id);
      const input = { endpointId: id, eventTypes: [`${name}.*`], backfillSince: longAgo() };
      const { replayId } = await subscribe(input);
      expect(await endOf(acme, replayId ?? '')).toMatchObject({ total: 20, done: 20 });
    }

    // The three at once: each waits for some seconds before it begins.
    beforeAll(async () => {
      await Promise.all([
        backfilled('paused', { orderingKey: 'one' }),
        backfilled('ordered', { orderingKey: 'one' }),
        backfilled('scheduled', { deliverAt }),
      ]);
    }, 60_000);

    it('is held by a pause, and let go by the resume, in order', async () => {
      const { paused = '' } = endpoints;
      expect(await heldBecause(paused)).toEqual(Array.from({ length: 20 }, () => 'PAUSED'));
      expect(receiver.at('/paused')).toEqual([]);
      await act('mutation ($id: ID!) { endpointResume(input: { id: $id }) { userErrors { code } } }', paused);
      await settled(paused, 20);
      expect(numbersAt('/paused')).toEqual(inOrder);
    });

    it('keeps the order of an ordered one', async () => {
      await settled(endpoints.ordered ?? '', 20);
      expect(numbersAt('/ordered')).toEqual(inOrder);
    });

    it('waits for the time for which an event is scheduled', async () => {
      const endpointId = endpoints.scheduled ?? '';
      expect(new Set(await heldBecause(endpointId))).toEqual(new Set(['SCHEDULED']));
      const [delivery] = await acme.deliveries({ endpointId });
      expect((await acme.delivery(delivery?.id ?? '')).nextAttemptAt).toBe(deliverAt);
    });
  });

  it('makes nothing when a status is asked for, which only a delivery has', async () => {
    const { id: endpointId } = await acme.endpoint({ url: receiver.url('/none') });
    await publishedAndRouted({ type: 'none.made' });
    await subscribe({ endpointId, eventTypes: ['none.*'] });
    const asked = await replayOf(acme, { endpointId, since: longAgo(), status: ['DEAD_LETTERED'] });
    expect(await endOf(acme, asked.id)).toMatchObject({ total: 0, done: 0 });
    expect(await acme.deliveries({ endpointId })).toEqual([]);
  });
});
