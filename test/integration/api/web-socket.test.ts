import { WebSocket } from 'ws';
import type { ApiStages, WatchRequest } from '../../../src/api/dependencies';
import { SOCKET_LIMITS } from '../../../src/api/http/web-socket';
import { BELIEVED_MS } from '../../../src/api/sign-in/callers-by-key';
import { roundCursor, streamCursor } from '../../../src/api/cursor';
import { done } from '../../../src/domain/errors';
import { newId } from '../../../src/domain/ids';
import type { Round, RoundPlace } from '../../../src/domain/round-place';
import type { DeliveryChange } from '../../../src/messages/delivery-change';
import { collectStatements } from '../../support/collect-statements';
import { byKey, gatherUpdates } from '../../support/delivery-updates';
import { makeGraphqlClient } from '../../support/graphql-client';
import {
  OPERATOR_KEY,
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { seedDelivery, type SeededDelivery } from '../../support/seed/seed-deliveries';
import { waitUntil } from '../../support/wait-until';

let server: ApiServer;
let acme: TestTenant;
let seeded: SeededDelivery;
/** What watchDeliveries was asked for, newest last; a test feeds the changes. */
const watches: (WatchRequest & { isOver: boolean })[] = [];
const roundOf = (number: number): Round => ({ number, atMs: 1000 * number });
/** From where all tenants were watched. */
const operatorPlaces: (RoundPlace | undefined)[] = [];
let feed: (request: WatchRequest) => AsyncIterable<DeliveryChange[]>;
let publish: ApiStages['publishEvents'] = () => Promise.resolve(done([]));

beforeAll(async () => {
  server = await startApiServer(
    {
      publishEvents: (caller, inputs) => publish(caller, inputs),
      watchDeliveries(request) {
        const watch = { ...request, isOver: false };
        watches.push(watch);
        request.signal.addEventListener('abort', () => (watch.isOver = true));
        return feed(request);
      },
      allTenants: {
        watch(request) {
          operatorPlaces.push(request.after);
          return feed({ ...request, tenantId: acme.id });
        },
        newest: () => Promise.resolve({ round: roundOf(7) }),
        placeOf: ({ round }) =>
          Promise.resolve(round.number > 7 ? 'not-yet' : round.number < 5 ? 'expired' : 'there'),
      },
      lastSeq: (tenantId) => Promise.resolve(tenantId === acme.id ? 41 : 0),
    },
    { bufferedBytes: 256 * 1024, stalledMs: 500, closeWithinMs: 200 },
  );
  acme = await makeTenant(server, 'acme');
  const made = await acme.client.ask<{
    endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
  }>(
    'mutation { endpointCreate(input: { url: "https://a.example", eventTypes: ["#"] }) { endpoint { id subscriptions { id } } } }',
  );
  const { id: endpointId, subscriptions } = made.endpointCreate.endpoint;
  seeded = await seedDelivery(server.database, {
    tenantId: acme.id,
    endpointId,
    subscriptionId: subscriptions[0]?.id ?? '',
  });
});
afterAll(() => server.close());

const change = (seq: number): DeliveryChange => ({
  ...{ tenantId: acme.id, tenantSlug: 'acme', seq, deliveryId: seeded.deliveryId, eventId: seeded.eventId },
  ...{ eventType: 'order.placed', endpointId: newId('endpoint'), status: 'DELIVERED', attempt: 1, atMs: 0 },
});

/** The given changes, then quiet until somebody stops listening. */
async function* quietAfter(changes: DeliveryChange[], { signal }: WatchRequest) {
  yield changes;
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

describe('over WebSocket', () => {
  it('streams changes with their cursors, reading each delivery anew', async () => {
    let goOn = (): void => undefined;
    const second = new Promise<void>((resolve) => (goOn = resolve));
    feed = async function* (request) {
      yield [change(1)];
      await second;
      yield* quietAfter([change(2)], request);
    };
    const stream = gatherUpdates(server.url, byKey(acme.key));
    await waitUntil(() => stream.seen.length === 1);
    expect(stream.seen[0]?.deliveryUpdated).toEqual({
      ...{
        cursor: streamCursor(acme.id, 1),
        status: 'DELIVERED',
        attempt: { number: 1, responseStatus: 200 },
      },
      delivery: { id: seeded.deliveryId, status: 'DELIVERED', attemptCount: 1 },
    });
    await server.database.dataSource.query('update deliveries set attempt_count = 9');
    goOn();
    await waitUntil(() => stream.seen.length === 2);
    expect(stream.seen[1]?.deliveryUpdated.delivery.attemptCount).toBe(9);
    expect(watches.at(-1)?.tenantId).toBe(acme.id);
    stream.stop();
    await waitUntil(() => watches.at(-1)?.isOver === true);
  });

  it('says where a stream is to begin, to each tenant for its own', async () => {
    const PLACE = '{ deliveryUpdatedCursor }';
    const globex = await makeTenant(server, 'globex');
    const operator = makeGraphqlClient(server.url, OPERATOR_KEY);
    expect(await acme.client.ask(PLACE)).toEqual({ deliveryUpdatedCursor: streamCursor(acme.id, 41) });
    expect(await globex.client.ask(PLACE)).toEqual({ deliveryUpdatedCursor: streamCursor(globex.id, 0) });
    expect(await operator.ask(PLACE)).toEqual({ deliveryUpdatedCursor: roundCursor({ round: roundOf(7) }) });
    const { plainKey } = await makeKey(acme.client, { name: 'y', scopes: ['events:read'] });
    expect(await makeGraphqlClient(server.url, plainKey).send(PLACE)).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it('goes on from a cursor, and hands over the filter', async () => {
    feed = (request) => quietAfter([], request);
    const stream = gatherUpdates(server.url, byKey(acme.key), {
      after: streamCursor(acme.id, 41),
      filter: { types: ['a.b'], status: null },
    });
    await waitUntil(() => watches.at(-1)?.afterSeq === 41);
    expect(watches.at(-1)?.filter).toEqual({ types: ['a.b'] });
    await stream.client.dispose();
    await waitUntil(() => watches.at(-1)?.isOver === true);
  });

  it.each<[string, () => [Record<string, unknown>, object]]>([
    ['a cursor of another tenant', () => [byKey(acme.key), { after: streamCursor(newId('tenant'), 1) }]],
    ['a cursor that is none', () => [byKey(acme.key), { after: 'nonsense' }]],
    ['one tenant’s cursor over all', () => [byKey(OPERATOR_KEY), { after: streamCursor(acme.id, 1) }]],
    [
      'a cursor over all for one tenant',
      () => [byKey(acme.key), { after: roundCursor({ round: roundOf(7) }) }],
    ],
    ['an expired place', () => [byKey(OPERATOR_KEY), { after: roundCursor({ round: roundOf(4) }) }]],
    ['a place that is not yet', () => [byKey(OPERATOR_KEY), { after: roundCursor({ round: roundOf(8) }) }]],
  ])('refuses %s with BAD_USER_INPUT', async (_what, make) => {
    const count = watches.length;
    const stream = gatherUpdates(server.url, ...make());
    await waitUntil(() => stream.errors.length > 0);
    expect(stream.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(watches).toHaveLength(count);
    await stream.client.dispose();
  });

  it('goes on over all tenants behind the change that its cursor came with', async () => {
    feed = (request) => quietAfter([{ ...change(2), round: roundOf(7) } as DeliveryChange], request);
    const first = gatherUpdates(server.url, byKey(OPERATOR_KEY));
    await waitUntil(() => first.seen.length === 1);
    const { cursor } = first.seen[0]?.deliveryUpdated ?? {};
    await first.client.dispose();
    const second = gatherUpdates(server.url, byKey(OPERATOR_KEY), { after: cursor });
    await waitUntil(() => operatorPlaces.length === 2);
    expect(operatorPlaces).toEqual([undefined, { round: roundOf(7), within: { tenantId: acme.id, seq: 2 } }]);
    await second.client.dispose();
  });

  it('lets an operator choose one tenant', async () => {
    feed = (request) => quietAfter([], request);
    const stream = gatherUpdates(
      server.url,
      { Authorization: `Bearer ${OPERATOR_KEY}`, 'warren-tenant': 'acme' },
      { after: streamCursor(acme.id, 3) },
    );
    await waitUntil(() => watches.at(-1)?.afterSeq === 3);
    expect(watches.at(-1)?.tenantId).toBe(acme.id);
    await stream.client.dispose();
  });

  it('closes with 4403 on a bad key, and with 4401 before connection_init', async () => {
    const stream = gatherUpdates(server.url, byKey('wrn_wrong'));
    await waitUntil(() => stream.closeCode() === 4403);
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.on('open', () =>
      socket.send('{"id":"1","type":"subscribe","payload":{"query":"{ viewer { isOperator } }"}}'),
    );
    expect(await closed).toBe(4401);
  });

  it('names a missing scope, as over HTTP', async () => {
    const { plainKey } = await makeKey(acme.client, { name: 'x', scopes: ['events:read'] });
    const stream = gatherUpdates(server.url, byKey(plainKey));
    await waitUntil(() => stream.errors.length > 0);
    expect(stream.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(JSON.stringify(stream.errors)).toContain('deliveries:read');
    await stream.client.dispose();
  });

  it.each([
    [
      'QUERY_TOO_COMPLEX',
      `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: viewer { isOperator }`).join(' ')} }`,
    ],
    ['GRAPHQL_VALIDATION_FAILED', '{ nothing }'],
    ['GRAPHQL_PARSE_FAILED', '{'],
    ['INTERNAL_SERVER_ERROR', 'mutation { eventPublish(input: { type: "a.b", data: 1 }) { eventId } }'],
  ])('answers %s as over HTTP', async (code, query) => {
    publish = () => Promise.reject(new Error('internal secret'));
    const stream = gatherUpdates(server.url, byKey(acme.key), {}, query);
    await waitUntil(() => stream.errors.length > 0);
    expect(stream.errors).toMatchObject([{ extensions: { code } }]);
    expect(JSON.stringify(stream.errors)).not.toContain('internal secret');
    await stream.client.dispose();
  });

  it('closes the sockets of a revoked key within two seconds, and leaves the others', async () => {
    feed = (request) => quietAfter([], request);
    const { plainKey, keyId } = await makeKey(acme.client, { name: 'x', scopes: ['deliveries:read'] });
    const [revoked, other] = [
      gatherUpdates(server.url, byKey(plainKey)),
      gatherUpdates(server.url, byKey(acme.key)),
    ];
    await waitUntil(() => watches.slice(-2).every(({ isOver }) => !isOver) && watches.length >= 2);
    // As another process would: this one hears nothing of it.
    await server.database.dataSource.query(
      'update api_keys set revoked_at = now() where name = ? and prefix = ?',
      ['x', plainKey.slice(0, 12)],
    );
    await waitUntil(() => revoked.closeCode() === 4403);
    expect(SOCKET_LIMITS.recheckEveryMs + BELIEVED_MS).toBeLessThan(2000);
    expect(other.closeCode()).toBeUndefined();
    server.routes.noteControl({ kind: 'key-revoked', keyId });
    await other.client.dispose();
  });

  it('closes a client that does not read with 4429 instead of buffering for it', async () => {
    const before = process.memoryUsage().rss;
    let sent = 0;
    feed = async function* ({ signal }) {
      while (!signal.aborted) yield await Promise.resolve(Array.from({ length: 100 }, () => change(++sent)));
    };
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    const query = 'subscription { deliveryUpdated { cursor status } }';
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: byKey(acme.key) })),
    );
    socket.once('message', () => {
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      socket.pause();
    });
    await waitUntil(() => watches.at(-1)?.isOver === true && sent > 0, 20_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.resume();
    expect([4429, 1006]).toContain(await closed);
    expect(server.logLines.join('')).not.toContain('socket.message-failed');
  });

  it('costs the database the same for fifty who watch as for one', async () => {
    let goOn = (): void => undefined;
    const ready = new Promise<void>((resolve) => (goOn = resolve));
    const changes = [change(1), change(2), change(3)];
    feed = async function* (request) {
      await ready;
      yield* quietAfter(changes, request);
    };
    const query = `subscription { deliveryUpdated {
      cursor status delivery { id status attemptCount event { type } } attempt { number responseStatus } } }`;
    const count = watches.length;
    const streams = Array.from({ length: 50 }, () => gatherUpdates(server.url, byKey(acme.key), {}, query));
    await waitUntil(() => watches.length === count + 50);
    const statements = await collectStatements(async () => {
      goOn();
      await waitUntil(() => streams.every(({ seen }) => seen.length === 3));
    });
    const aboutDeliveries = statements.filter((sql) =>
      / from (deliveries|events|delivery_attempts)/.test(sql),
    );
    expect(aboutDeliveries).toHaveLength(3);
    expect(streams[49]?.seen.map(({ deliveryUpdated }) => deliveryUpdated.cursor)).toEqual(
      [1, 2, 3].map((seq) => streamCursor(acme.id, seq)),
    );
    for (const { client } of streams) await client.dispose();
  });

  it('closes the socket of a key that expires', async () => {
    feed = (request) => quietAfter([], request);
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    const { plainKey } = await makeKey(acme.client, { name: 'x', scopes: ['deliveries:read'], expiresAt });
    const stream = gatherUpdates(server.url, byKey(plainKey));
    await waitUntil(() => stream.closeCode() === 4403, 5000);
    expect(stream.errors).toMatchObject([{ code: 4403 }]);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });

  it('refuses pages of other origins, and takes its own and listed ones', async () => {
    const open = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', {
          headers: { origin },
        });
        socket.on('open', () => {
          socket.close();
          resolve('open');
        });
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await open('https://evil.example')).toContain('403');
    expect(await open('https://portal.example')).toBe('open');
    expect(await open(new URL(server.url).origin)).toBe('open');
  });

  it('keeps every digit of numbers in messages', async () => {
    let data: unknown;
    publish = (_caller, inputs) => {
      data = inputs[0]?.data;
      return Promise.resolve(done([{ eventId: newId('event'), duplicate: false }]));
    };
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: byKey(acme.key) })),
    );
    socket.once('message', () => {
      const query = 'mutation ($d: JSON!) { eventPublish(input: { type: "a.b", data: $d }) { eventId } }';
      socket.send(
        `{"id":"1","type":"subscribe","payload":{"query":${JSON.stringify(query)},"variables":{"d":12345678901234567890}}}`,
      );
    });
    await waitUntil(() => data !== undefined);
    expect(String(data)).toBe('12345678901234567890');
    socket.close();
  });
});
