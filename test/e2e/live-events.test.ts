import { newId } from '../../src/domain/ids';
import { gather, type Gathered } from '../support/gather';
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

beforeAll(async () => {
  warren = await deployWarren();
  first = await warren.start();
  second = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', first.graphqlUrl);
  other = await warren.tenant('other', first.graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

interface SeenEvent {
  eventReceived: { id: string; type: string; data: unknown };
}
interface SeenEndpoint {
  endpointUpdated: { id: string; name: string; status: string };
}

const byKey = ({ key }: { key: string }) => ({ authorization: `Bearer ${key}` });
const typesOf = ({ seen }: Gathered<SeenEvent>): string[] =>
  seen.map(({ eventReceived }) => eventReceived.type);

/** Known to be open: it has seen an event made for it. */
async function watchEvents(tenant: TenantUnderTest, types?: string[]): Promise<Gathered<SeenEvent>> {
  const query = 'subscription ($types: [String!]) { eventReceived(types: $types) { id type data } }';
  const stream = gather<SeenEvent>(second.graphqlUrl, byKey(tenant), query, types ? { types } : {});
  await waitUntil(async () => {
    await tenant.publish({ type: 'is.it.open' });
    return stream.seen.length > 0;
  }, 10_000);
  return stream;
}

const WATCH_ENDPOINTS = 'subscription ($id: ID) { endpointUpdated(endpointId: $id) { id name status } }';

/** Known to be open: it has seen a change made for it. */
async function watchEndpoints(tenant: TenantUnderTest, id?: string): Promise<Gathered<SeenEndpoint>> {
  const stream = gather<SeenEndpoint>(second.graphqlUrl, byKey(tenant), WATCH_ENDPOINTS, id ? { id } : {});
  const probe = id ?? (await tenant.endpoint({ url: receiver.url('/probe') })).id;
  await waitUntil(async () => {
    await rename(tenant, probe, 'is it open');
    return stream.seen.length > 0;
  }, 10_000);
  return stream;
}

async function rename(tenant: TenantUnderTest, id: string, name: string): Promise<void> {
  await tenant.client.ask(
    'mutation ($input: EndpointUpdateInput!) { endpointUpdate(input: $input) { userErrors { message } } }',
    { input: { id, name } },
  );
}
const remove = (tenant: TenantUnderTest, id: string) =>
  tenant.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });

it('ends for a key that is revoked through another process, and for no other', async () => {
  const { apiKeyCreate } = await acme.client.ask<{
    apiKeyCreate: { plainKey: string; apiKey: { id: string } };
  }>('mutation { apiKeyCreate(input: { name: "x", scopes: ["events:read"] }) { plainKey apiKey { id } } }');
  const theirs = await watchEvents({ ...acme, key: apiKeyCreate.plainKey });
  const ours = await watchEvents(acme);
  await acme.client.ask('mutation ($id: ID!) { apiKeyRevoke(id: $id) { deletedId } }', {
    id: apiKeyCreate.apiKey.id,
  });
  await waitUntil(() => theirs.ended() !== undefined);
  expect(theirs.ended()).toMatchObject({ code: 4403 });
  const { eventId } = await acme.publish({ type: 'after.the.end' });
  await waitUntil(() => ours.seen.some(({ eventReceived }) => eventReceived.id === eventId));
  expect(theirs.seen.map(({ eventReceived }) => eventReceived.id)).not.toContain(eventId);
  await Promise.all([theirs.close(), ours.close()]);
});

describe('eventReceived', () => {
  it('shows each event once, whether somebody gets it, several do, or nobody', async () => {
    await acme.endpoint({ url: receiver.url('/one'), eventTypes: ['sent.#'] });
    await acme.endpoint({ url: receiver.url('/two'), eventTypes: ['sent.twice'] });
    const stream = await watchEvents(acme);
    const ids: string[] = [];
    for (const type of ['sent.once', 'sent.twice', 'sent.to.nobody', 'nobody.wants.it'])
      for (let n = 0; n < 5; n++) ids.push((await acme.publish({ type, data: { n } })).eventId);
    await waitUntil(() => typesOf(stream).filter((type) => type !== 'is.it.open').length >= ids.length);
    // A look more: whatever would be told twice has been by then.
    const { eventId } = await acme.publish({ type: 'the.last' });
    await waitUntil(() => stream.seen.some(({ eventReceived }) => eventReceived.id === eventId));
    const seen = stream.seen.map(({ eventReceived }) => eventReceived);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    expect(seen.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(seen.find(({ id }) => id === ids[1])).toMatchObject({ type: 'sent.once', data: { n: 1 } });
    await stream.close();
  });

  it('shows what types names: exact names and topic patterns', async () => {
    const stream = await watchEvents(acme, ['is.it.open', 'order.*', 'invoice.#']);
    for (const type of ['order.placed', 'order.line.added', 'invoice', 'invoice.line.added', 'user.created'])
      await acme.publish({ type });
    await acme.publish({ type: 'order.last' });
    await waitUntil(() => typesOf(stream).includes('order.last'));
    const types = new Set(typesOf(stream));
    expect([...types].sort()).toEqual([
      'invoice',
      'invoice.line.added',
      'is.it.open',
      'order.last',
      'order.placed',
    ]);
    await stream.close();
  });

  it('shows another tenant nothing', async () => {
    const theirs = await watchEvents(other);
    await acme.publish({ type: 'private' });
    await waitUntil(async () => {
      await other.publish({ type: 'their.own' });
      return typesOf(theirs).filter((type) => type === 'their.own').length > 3;
    });
    expect(new Set(typesOf(theirs))).toEqual(new Set(['is.it.open', 'their.own']));
    await theirs.close();
  });
});

describe('endpointUpdated', () => {
  it('shows an endpoint when it is made, changed and switched off', async () => {
    const stream = await watchEndpoints(acme);
    const { id } = await acme.endpoint({
      url: receiver.url('/gone'),
      name: 'made',
      eventTypes: ['now.gone'],
    });
    const states = () =>
      stream.seen
        .map(({ endpointUpdated }) => endpointUpdated)
        .filter((endpoint) => endpoint.id === id)
        .map(({ name, status }) => `${name} ${status}`);
    await waitUntil(() => states().includes('made ACTIVE'));
    await rename(acme, id, 'renamed');
    await waitUntil(() => states().includes('renamed ACTIVE'));
    receiver.answer(({ path }) => (path === '/gone' ? { status: 410 } : {}));
    await acme.publish({ type: 'now.gone' });
    await waitUntil(() => states().includes('renamed DISABLED'));
    expect(states()).toEqual(['made ACTIVE', 'renamed ACTIVE', 'renamed DISABLED']);
    await stream.close();
  });

  it('of one endpoint shows that one alone, and completes when it is deleted', async () => {
    const { id } = await acme.endpoint({ url: receiver.url('/mine') });
    const beside = await acme.endpoint({ url: receiver.url('/beside') });
    const stream = await watchEndpoints(acme, id);
    await rename(acme, beside.id, 'not asked for');
    await rename(acme, id, 'asked for');
    await waitUntil(() => stream.seen.at(-1)?.endpointUpdated.name === 'asked for');
    await remove(acme, id);
    await waitUntil(() => stream.ended() !== undefined);
    expect(stream.ended()).toBe('complete');
    expect(new Set(stream.seen.map(({ endpointUpdated }) => endpointUpdated.id))).toEqual(new Set([id]));
    await stream.close();
  });

  it('completes alike for an endpoint of another tenant, one that never was, and what is no id', async () => {
    const theirs = await other.endpoint({ url: receiver.url('/theirs') });
    for (const id of [theirs.id, newId('endpoint'), 'nonsense']) {
      const stream = gather<SeenEndpoint>(first.graphqlUrl, byKey(acme), WATCH_ENDPOINTS, { id });
      await waitUntil(() => stream.ended() !== undefined);
      expect([id, stream.ended(), stream.seen]).toEqual([id, 'complete', []]);
      await stream.close();
    }
  });

  it('shows another tenant nothing', async () => {
    const theirs = await watchEndpoints(other);
    const ours = await acme.endpoint({ url: receiver.url('/ours'), name: 'ours' });
    await rename(acme, ours.id, 'ours, renamed');
    const { id } = await other.endpoint({ url: receiver.url('/theirs'), name: 'theirs' });
    await waitUntil(() => theirs.seen.some(({ endpointUpdated }) => endpointUpdated.id === id));
    expect(theirs.seen.some(({ endpointUpdated }) => endpointUpdated.id === ours.id)).toBe(false);
    await theirs.close();
  });
});

describe('both', () => {
  it.each([
    ['subscription { eventReceived { id } }', 'events:read'],
    ['subscription { endpointUpdated { id } }', 'endpoints:read'],
  ])('%s needs the scope %s, and one tenant', async (query, scope) => {
    const { apiKeyCreate } = await acme.client.ask<{ apiKeyCreate: { plainKey: string } }>(
      'mutation { apiKeyCreate(input: { name: "x", scopes: ["deliveries:read"] }) { plainKey } }',
    );
    const without = gather(first.graphqlUrl, byKey({ key: apiKeyCreate.plainKey }), query);
    const operator = gather(first.graphqlUrl, byKey({ key: warren.operatorKey }), query);
    await waitUntil(() => without.ended() !== undefined && operator.ended() !== undefined);
    expect(JSON.stringify(without.ended())).toContain('FORBIDDEN');
    expect(JSON.stringify(without.ended())).toContain(scope);
    expect(JSON.stringify(operator.ended())).toContain('BAD_USER_INPUT');
    await Promise.all([without.close(), operator.close()]);
  });

  it('refuses types that are no patterns', async () => {
    const stream = gather(
      first.graphqlUrl,
      byKey(acme),
      'subscription { eventReceived(types: ["order..x"]) { id } }',
    );
    await waitUntil(() => stream.ended() !== undefined);
    expect(JSON.stringify(stream.ended())).toContain('BAD_USER_INPUT');
    await stream.close();
  });
});
