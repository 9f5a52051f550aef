import { WebSocket } from 'ws';
import type { WatchRequest } from '../../../src/api/dependencies';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import { waitUntil } from '../../support/wait-until';

/** https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, by a client that knows nothing of it. */

let server: ApiServer;
let acme: TestTenant;
const watches: (WatchRequest & { isOver: boolean })[] = [];

beforeAll(async () => {
  server = await startApiServer(
    {
      async *watchDeliveries(request) {
        const watch = { ...request, isOver: false };
        watches.push(watch);
        if (!request.signal.aborted)
          await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
        watch.isOver = true;
        yield* [];
      },
    },
    { closeWithinMs: 200, recheckEveryMs: 200 },
  );
  acme = await makeTenant(server, 'acme');
});
afterAll(() => server.close());

interface Talk {
  socket: WebSocket;
  heard: { type: string; id?: string; payload?: unknown }[];
  say: (message: unknown) => void;
  closed: Promise<{ code: number; reason: string }>;
}

async function connect(protocol: string | string[] | undefined = 'graphql-transport-ws'): Promise<Talk> {
  const socket = new WebSocket(server.url.replace('http', 'ws'), protocol);
  const heard: Talk['heard'] = [];
  socket.on('message', (bytes: Buffer) => heard.push(JSON.parse(bytes.toString()) as Talk['heard'][number]));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const say = (message: unknown) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  return { socket, heard, say, closed };
}

async function greeted(key = acme.key): Promise<Talk> {
  const talk = await connect();
  talk.say({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } });
  await waitUntil(() => talk.heard.some(({ type }) => type === 'connection_ack'));
  return talk;
}

const WATCH = { query: 'subscription { deliveryUpdated { cursor } }' };
const VIEWER = { query: '{ viewer { isOperator } }' };

describe('graphql-transport-ws', () => {
  it('is not spoken to a client of another protocol: 4406', async () => {
    // What the ws library itself makes of no answer to several protocols is its own affair; a plain client asks for none.
    const socket = new WebSocket(server.url.replace('http', 'ws'));
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(4406);
  });

  it('asks for connection_init within three seconds: 4408', async () => {
    const { closed } = await connect();
    expect(await closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  it('takes connection_init once: 4429', async () => {
    const { say, closed } = await greeted();
    say({ type: 'connection_init' });
    expect(await closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  });

  it('runs nothing before connection_ack: 4401', async () => {
    const { say, closed } = await connect();
    say({ id: '1', type: 'subscribe', payload: VIEWER });
    expect((await closed).code).toBe(4401);
  });

  it.each([
    ['nobody', {}],
    ['a wrong key', { payload: { authorization: 'Bearer wrn_wrong' } }],
    ['a payload that is no object', { payload: null }],
  ])('does not let in %s: 4403', async (_what, message) => {
    const { say, closed } = await connect();
    say({ type: 'connection_init', ...message });
    expect((await closed).code).toBe(4403);
  });

  it('has one operation for each id: 4409', async () => {
    const { say, closed } = await greeted();
    say({ id: 'a', type: 'subscribe', payload: WATCH });
    await waitUntil(() => watches.at(-1)?.isOver === false);
    say({ id: 'a', type: 'subscribe', payload: WATCH });
    expect(await closed).toEqual({ code: 4409, reason: 'Subscriber for a already exists' });
    await waitUntil(() => watches.at(-1)?.isOver === true);
  });

  it.each([
    ['no JSON', '{'],
    ['no message', '7'],
    ['an unknown type', { type: 'start' }],
    ['no type', {}],
    ['a subscribe without an id', { type: 'subscribe', payload: VIEWER }],
    ['a subscribe without a query', { id: '1', type: 'subscribe', payload: {} }],
    [
      'a subscribe with variables that are none',
      { id: '1', type: 'subscribe', payload: { ...VIEWER, variables: 7 } },
    ],
    ['a complete without an id', { type: 'complete' }],
    ['JSON without end', `{"type":"ping","payload":${'['.repeat(200)}${']'.repeat(200)}}`],
  ])('does not guess what is meant by %s: 4400', async (_what, message) => {
    const { say, closed } = await greeted();
    say(message);
    expect((await closed).code).toBe(4400);
  });

  it('closes with 1009 on a message of more than 1 MiB', async () => {
    const { say, closed } = await greeted();
    say({ id: '1', type: 'subscribe', payload: { ...VIEWER, pad: 'x'.repeat(1024 * 1024) } });
    expect((await closed).code).toBe(1009);
  });

  it('answers ping with pong, before and after connection_init, and takes a pong that nobody asked for', async () => {
    const talk = await connect();
    talk.say({ type: 'ping' });
    await waitUntil(() => talk.heard.length === 1);
    talk.say({ type: 'connection_init', payload: { authorization: `Bearer ${acme.key}` } });
    await waitUntil(() => talk.heard.length === 2);
    talk.say({ type: 'pong' });
    talk.say({ type: 'ping', payload: { at: 1 } });
    await waitUntil(() => talk.heard.length === 3);
    expect(talk.heard).toEqual([
      { type: 'pong' },
      { type: 'connection_ack' },
      { type: 'pong', payload: { at: 1 } },
    ]);
    talk.socket.close();
  });

  it('runs a query and completes it, and an id is free again after that', async () => {
    const talk = await greeted();
    for (let round = 1; round <= 2; round++) {
      talk.say({ id: 'q', type: 'subscribe', payload: VIEWER });
      await waitUntil(() => talk.heard.filter(({ type }) => type === 'complete').length === round);
    }
    expect(talk.heard.slice(1, 3)).toEqual([
      { id: 'q', type: 'next', payload: { data: { viewer: { isOperator: false } } } },
      { id: 'q', type: 'complete' },
    ]);
    talk.socket.close();
  });

  it('ends a stream that the client completes, even as it opens, and says nothing more of it', async () => {
    const talk = await greeted();
    const count = watches.length;
    talk.say({ id: 's', type: 'subscribe', payload: WATCH });
    talk.say({ id: 's', type: 'complete' });
    await waitUntil(() => watches.slice(count).every(({ isOver }) => isOver));
    talk.say({ id: 'q', type: 'subscribe', payload: VIEWER });
    await waitUntil(() => talk.heard.some(({ id, type }) => id === 'q' && type === 'complete'));
    expect(watches.slice(count).every(({ isOver }) => isOver)).toBe(true);
    expect(talk.heard.filter(({ id }) => id === 's')).toEqual([]);
    talk.say({ id: 'nobody', type: 'complete' });
    talk.socket.close();
    expect((await talk.closed).code).toBe(1005);
  });

  it('ends the streams of a client that goes away', async () => {
    const talk = await greeted();
    talk.say({ id: 's', type: 'subscribe', payload: WATCH });
    await waitUntil(() => watches.at(-1)?.isOver === false);
    talk.socket.terminate();
    await waitUntil(() => watches.at(-1)?.isOver === true);
  });

  it('closes with 4403 when the key expires during a stream', async () => {
    const made = await acme.client.ask<{ apiKeyCreate: { plainKey: string } }>(
      'mutation ($i: ApiKeyCreateInput!) { apiKeyCreate(input: $i) { plainKey } }',
      {
        i: {
          name: 'short',
          scopes: ['deliveries:read'],
          expiresAt: new Date(Date.now() + 1500).toISOString(),
        },
      },
    );
    const talk = await greeted(made.apiKeyCreate.plainKey);
    talk.say({ id: 's', type: 'subscribe', payload: WATCH });
    expect((await talk.closed).code).toBe(4403);
  });
});

describe('the limits on documents hold over WebSocket', () => {
  const many = (count: number, text: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => text(i)).join(' ');
  it.each<[string, string, string]>([
    ['aliases', 'QUERY_TOO_COMPLEX', `{ ${many(31, (i) => `a${i}: viewer { isOperator }`)} }`],
    [
      'aliases of the schema itself',
      'QUERY_TOO_COMPLEX',
      `{ ${many(31, (i) => `a${i}: __schema { types { name } }`)} }`,
    ],
    [
      'levels',
      'QUERY_TOO_COMPLEX',
      `{ endpoint(id: "x") { ${'subscriptions { endpoint { '.repeat(6)} id ${'} }'.repeat(6)} } }`,
    ],
    [
      'pages of pages',
      'QUERY_TOO_COMPLEX',
      '{ events(first: 250) { nodes { deliveries(first: 250) { nodes { id status } } } } }',
    ],
    [
      'pages of pages in fragments that multiply',
      'QUERY_TOO_COMPLEX',
      `{ ...F0 } ${many(14, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)}
       fragment F14 on Query { events(first: 250) { nodes { deliveries(first: 250) { nodes { id } } } } }`,
    ],
    ['tokens', 'QUERY_TOO_COMPLEX', `{ viewer { ${'isOperator '.repeat(30_000)} } }`],
    [
      'directives',
      'GRAPHQL_VALIDATION_FAILED',
      `{ viewer ${'@include(if: true) '.repeat(3000)} { isOperator } }`,
    ],
    ['unknown directives', 'GRAPHQL_VALIDATION_FAILED', `{ viewer ${'@a '.repeat(9000)} { isOperator } }`],
    [
      'levels of the schema itself',
      'GRAPHQL_VALIDATION_FAILED',
      `{ __schema { types { ${'fields { type { '.repeat(9)} name ${'} }'.repeat(9)} } } }`,
    ],
  ])('%s', async (_what, code, query) => {
    const [talk, overHttp] = [await greeted(), await acme.client.send(query)];
    const started = Date.now();
    talk.say({ id: '1', type: 'subscribe', payload: { query } });
    await waitUntil(() => talk.heard.length === 2);
    expect(talk.heard[1]).toMatchObject({
      type: 'error',
      payload: expect.arrayContaining([expect.objectContaining({ extensions: { code } })]) as unknown,
    });
    expect(Date.now() - started).toBeLessThan(2000);
    expect(overHttp.errors?.[0]?.extensions?.code).toBe(code);
    talk.socket.close();
  });
});
