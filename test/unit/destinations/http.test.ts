import type { HttpDestination } from '../../../src/destinations/http/http';
import { makeHttpDestination } from '../../../src/destinations/http/http';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import type { Behaviour, HostileReceiver } from '../../support/outsiders/hostile-receiver';
import { behaviours, startHostileReceiver } from '../../support/outsiders/hostile-receiver';
import { waitUntil } from '../../support/wait-until';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const BODY = Buffer.from('{"type":"order.placed","data":{"n":12345678901234567890}}');

const open: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
  open.push(thing);
  return thing;
};
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const policy = makeOutboundPolicy({ allowedNetworks: LOOPBACK });
const makeSender = (changes: Partial<Parameters<typeof makeHttpDestination>[0]> = {}): HttpDestination =>
  keep(makeHttpDestination({ policy, userAgent: 'Warren/test', ...changes }));
const receive = async (behave: Behaviour): Promise<HostileReceiver> =>
  keep(await startHostileReceiver(behave));

async function post(
  behave: Behaviour,
  { timeoutMs = 5000, ...changes }: { timeoutMs?: number; maxResponseBytes?: number } = {},
) {
  const receiver = await receive(behave);
  const sender = makeSender(changes);
  const answer = await sender.send({ url: `${receiver.origin}/hook`, headers: {}, body: BODY, timeoutMs });
  return { answer, receiver, sender };
}

describe('a request', () => {
  it('is one POST over HTTP/1.1 with the exact bytes and headers, asking for no compression', async () => {
    const receiver = await receive(behaviours.answer(200));
    const headers = { 'content-type': 'application/json', 'webhook-id': 'dlv_1', 'x-own': 'café' };
    await makeSender().send({ url: `${receiver.origin}/a/b?c=d%20e`, headers, body: BODY, timeoutMs: 5000 });
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/a/b?c=d%20e' });
    expect(request?.body.equals(BODY)).toBe(true);
    const names = request?.rawHeaders.filter((_, i) => i % 2 === 0);
    expect(names?.length).toBe(new Set(names).size);
    expect(request?.rawHeaders).toEqual(
      expect.arrayContaining([
        'user-agent',
        'Warren/test',
        'accept-encoding',
        'identity',
        'content-length',
        '57',
        'x-own',
        'café',
      ]),
    );
  });

  it('keeps its own user-agent and accept-encoding whatever it is given', async () => {
    const receiver = await receive(behaviours.answer(200));
    const headers = { 'user-agent': 'other', 'accept-encoding': 'gzip' };
    await makeSender().send({ url: receiver.origin, headers, body: BODY, timeoutMs: 5000 });
    expect(receiver.requests[0]?.rawHeaders.join()).not.toMatch(/other|gzip/);
  });

  it.each([
    ['a line end in a value', { 'x-a': 'b\r\nx-c: d' }],
    ['a name that is no token', { 'x a': 'b' }],
    ['another host', { host: 'evil.example' }],
    ['its own framing', { 'transfer-encoding': 'chunked' }],
    ['an expectation', { expect: '100-continue' }],
  ])('with %s is not sent', async (_, headers) => {
    const receiver = await receive(behaviours.answer(200));
    const answer = await makeSender().send({ url: receiver.origin, headers, body: BODY, timeoutMs: 5000 });
    expect(answer).toMatchObject({
      error: 'PAYLOAD',
      errorDetail: expect.stringContaining('could not be made') as string,
    });
    expect(receiver.connections()).toBe(0);
  });

  it('uses a connection again, and as many at once as there are requests', async () => {
    const receiver = await receive(behaviours.answer(200));
    const sender = makeSender();
    const send = () => sender.send({ url: receiver.origin, headers: {}, body: BODY, timeoutMs: 5000 });
    for (let i = 0; i < 20; i++) await send();
    // Two, because a connection is free again only a turn of the event loop after its answer.
    expect(receiver.connections()).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 20 }, send));
    expect(receiver.connections()).toBeGreaterThanOrEqual(20);
    expect(receiver.connections()).toBeLessThanOrEqual(22);
  });

  it('never waits behind another one on the same connection', async () => {
    const receiver = await receive((socket, request) => {
      if (request.path === '/quick') behaviours.answer(200)(socket, request);
    });
    const sender = makeSender();
    const send = (path: string, timeoutMs: number) =>
      sender.send({ url: receiver.origin + path, headers: {}, body: BODY, timeoutMs });
    const slow = Array.from({ length: 10 }, () => send('/slow', 1000));
    const quick = await Promise.all(Array.from({ length: 10 }, () => send('/quick', 1000)));
    expect(quick.every(({ error }) => error === undefined)).toBe(true);
    expect((await Promise.all(slow)).every(({ error }) => error === 'TIMEOUT')).toBe(true);
  });

  it('is not lost when the receiver closed the idle connection meanwhile', async () => {
    const receiver = await receive((socket, request) => {
      behaviours.answer(200)(socket, request);
      socket.end();
    });
    const sender = makeSender();
    for (let i = 0; i < 10; i++) {
      const answer = await sender.send({ url: receiver.origin, headers: {}, body: BODY, timeoutMs: 5000 });
      expect(answer.error).toBeUndefined();
      await waitUntil(() => receiver.openConnections() === 0);
    }
  });
});

describe('an answer', () => {
  it.each([200, 201, 204, 299])('%i is a success, with its headers and body on record', async (status) => {
    const body = status === 204 ? '' : 'thanks';
    const { answer } = await post(behaviours.answer(status, { 'X-Request-Id': 'r1' }, body));
    expect(answer.error).toBeUndefined();
    expect(answer.response).toMatchObject({ status, headers: { 'x-request-id': 'r1' } });
    expect(answer.response?.body.toString()).toBe(body);
    expect(answer.durationMs).toBeGreaterThanOrEqual(0);
  });

  it.each([300, 304, 400, 404, 410, 429, 500, 502, 503, 504, 599] as const)(
    '%i is an error of that number',
    async (status) => {
      const { answer } = await post(behaviours.answer(status, { 'retry-after': '7' }));
      expect(answer).toMatchObject({
        error: `HTTP_${status}`,
        response: { status, headers: { 'retry-after': '7' } },
      });
      expect(answer.errorDetail).toContain(`answered ${status}`);
    },
  );

  it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const canary = await receive(behaviours.answer(200));
    for (const location of [canary.origin, '/elsewhere', 'http://169.254.169.254/', 'file:///etc/passwd']) {
      const { answer, receiver } = await post(behaviours.answer(status, { location }));
      expect(answer).toMatchObject({
        error: `HTTP_${status}`,
        errorDetail: expect.stringContaining('not followed') as string,
      });
      expect(receiver.requests.length).toBe(1);
    }
    expect(canary.connections()).toBe(0);
  });

  it('with a header that repeats has its values joined', async () => {
    const { answer } = await post(
      behaviours.raw('HTTP/1.1 200 OK\r\nx-a: 1\r\nX-A: 2\r\ncontent-length: 0\r\n\r\n'),
    );
    expect(answer.response?.headers['x-a']).toBe('1, 2');
  });

  it('with a body as long as the cap is whole, and its connection is used again', async () => {
    const { answer, receiver, sender } = await post(behaviours.hugeBody(1000), { maxResponseBytes: 1000 });
    expect(answer.response?.body.length).toBe(1000);
    await new Promise(setImmediate);
    await sender.send({ url: receiver.origin, headers: {}, body: BODY, timeoutMs: 5000 });
    expect(receiver.connections()).toBe(1);
  });

  it.each([
    ['longer than the cap', behaviours.hugeBody(50_000_000)],
    ['without an end', behaviours.endlessChunks()],
  ])('with a body %s is a success, cut off with its connection', async (_, behave) => {
    const { answer, receiver } = await post(behave, { maxResponseBytes: 1000 });
    expect(answer.error).toBeUndefined();
    expect(answer.response?.body.length).toBe(1000);
    await waitUntil(() => receiver.openConnections() === 0);
  });

  it('that fails keeps its status although its body has no end', async () => {
    const { answer } = await post(behaviours.endlessChunks(500), { maxResponseBytes: 1000 });
    expect(answer).toMatchObject({ error: 'HTTP_500', response: { status: 500 } });
  });

  it('stays packed when the receiver packs it anyway', async () => {
    const { answer } = await post(behaviours.answer(200, { 'content-encoding': 'gzip' }, 'not really gzip'));
    expect(answer.response?.body.toString()).toBe('not really gzip');
  });

  it('after early hints counts, without them', async () => {
    const { answer } = await post(behaviours.interimThenAnswer(103, 3));
    expect(answer.error).toBeUndefined();
    expect(answer.response).toMatchObject({ status: 200, headers: { 'content-length': '2' } });
  });
});

describe('closing', () => {
  it('waits for what is under way and refuses what comes after', async () => {
    const receiver = await receive((socket, request) => {
      setTimeout(() => behaviours.answer(200)(socket, request), 100);
    });
    const sender = makeHttpDestination({ policy, userAgent: 'Warren/test' });
    const send = () => sender.send({ url: receiver.origin, headers: {}, body: BODY, timeoutMs: 5000 });
    const underWay = send();
    await waitUntil(() => receiver.requests.length === 1);
    await sender.close();
    expect(await underWay).toMatchObject({ response: { status: 200 } });
    await waitUntil(() => receiver.openConnections() === 0);
    await expect(send()).rejects.toThrow('the HTTP destination is closed');
  });
});
