import { createServer } from 'node:net';
import tls from 'node:tls';
import type { HttpDestination } from '../../../src/destinations/http/http';
import { makeHttpDestination } from '../../../src/destinations/http/http';
import { makeExchange } from '../../../src/destinations/http/http-exchange';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { daysFromNow, makeCertificate } from '../../support/outsiders/certificate';
import type { Behaviour, HostileReceiver } from '../../support/outsiders/hostile-receiver';
import { behaviours, findClosedPort, startHostileReceiver } from '../../support/outsiders/hostile-receiver';
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

async function post(behave: Behaviour, { timeoutMs = 5000 } = {}) {
  const receiver = await receive(behave);
  const sender = makeSender();
  const answer = await sender.send({ url: `${receiver.origin}/hook`, headers: {}, body: BODY, timeoutMs });
  return { answer, receiver, sender };
}

describe('a receiver at fault', () => {
  it.each([
    ['hangs', behaviours.hangBeforeHeaders(), 'answered'],
    ['sends a header byte now and then', behaviours.slowloris('headers', 20), 'answered'],
    ['sends a body byte now and then', behaviours.slowloris('body', 20), 'finished its answer'],
    ['stops in the middle of the body', behaviours.hangMidBody(), 'finished its answer'],
  ])('that %s is a TIMEOUT, in time, and its connection ends', async (_, behave, missing) => {
    const { answer, receiver } = await post(behave, { timeoutMs: 300 });
    expect(answer).toMatchObject({
      error: 'TIMEOUT',
      errorDetail: `The receiver had not ${missing} after 300 ms.`,
    });
    expect(answer.durationMs).toBeGreaterThanOrEqual(295);
    expect(answer.durationMs).toBeLessThan(1000);
    await waitUntil(() => receiver.openConnections() === 0);
  });

  it('that stops in the middle of a refusal is known by its status', async () => {
    const { answer } = await post(behaviours.hangMidBody(410), { timeoutMs: 200 });
    expect(answer).toMatchObject({ error: 'HTTP_410', response: { status: 410 } });
    expect(answer.response?.body.toString()).toBe('half');
  });

  it.each([
    ['resets', behaviours.reset(), 'CONNECTION_RESET'],
    ['resets in the middle of the body', behaviours.resetMidBody(), 'CONNECTION_RESET'],
    ['closes without a word', behaviours.emptyReply(), 'CONNECTION_RESET'],
    ['does not speak HTTP', behaviours.raw('SSH-2.0-OpenSSH_9.2\r\n'), 'BAD_RESPONSE'],
    ['speaks HTTP/2', behaviours.raw('\0\0\u0012\u0004\0\0\0\0\0'), 'BAD_RESPONSE'],
    [
      'breaks chunks',
      behaviours.raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n'),
      'BAD_RESPONSE',
    ],
    ['sends huge headers', behaviours.hugeHeaders(100_000), 'BAD_RESPONSE'],
    [
      'upgrades',
      behaviours.raw('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      'BAD_RESPONSE',
    ],
    ['floods with interim answers', behaviours.interimThenAnswer(103, 5000), 'BAD_RESPONSE'],
    ['sends 100 Continue unasked', behaviours.interimThenAnswer(100, 1), 'BAD_RESPONSE'],
  ] as const)('that %s is an error of its own, in words', async (_, behave, error) => {
    const { answer, receiver } = await post(behave);
    expect(answer.error).toBe(error);
    expect(answer.errorDetail).toMatch(/^The .+\.$/);
    await waitUntil(() => receiver.openConnections() === 0);
    expect(receiver.requests.length).toBe(1);
  });

  it('that is not there is CONNECTION_REFUSED', async () => {
    const url = `http://127.0.0.1:${await findClosedPort()}/`;
    const answer = await makeSender().send({ url, headers: {}, body: BODY, timeoutMs: 5000 });
    expect(answer).toMatchObject({
      error: 'CONNECTION_REFUSED',
      errorDetail: expect.stringContaining('reached') as string,
    });
    expect(answer.response).toBeUndefined();
  });

  it('whose name is unknown is DNS', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
    const sender = makeSender({ policy: makeOutboundPolicy({ allowedNetworks: [], resolve }) });
    const answer = await sender.send({
      url: 'http://gone.example/',
      headers: {},
      body: BODY,
      timeoutMs: 5000,
    });
    expect(answer).toMatchObject({
      error: 'DNS',
      errorDetail: 'The host name could not be looked up (ENOTFOUND).',
    });
  });

  it('whose name takes too long is a TIMEOUT, and nothing is sent when the name comes after all', async () => {
    const receiver = await receive(behaviours.answer(200));
    let answerName: (answers: { address: string; family: number }[]) => void = () => undefined;
    const resolve = () => new Promise<{ address: string; family: number }[]>((done) => (answerName = done));
    const sender = makeSender({ policy: makeOutboundPolicy({ allowedNetworks: LOOPBACK, resolve }) });
    const url = `http://slow.example:${receiver.port}/`;
    const answer = await sender.send({ url, headers: {}, body: BODY, timeoutMs: 100 });
    expect(answer).toMatchObject({
      error: 'TIMEOUT',
      errorDetail: expect.stringContaining('accepted the connection') as string,
    });
    answerName([{ address: '127.0.0.1', family: 4 }]);
    const later = await sender.send({
      url: `${receiver.origin}/later`,
      headers: {},
      body: BODY,
      timeoutMs: 5000,
    });
    expect(later.error).toBeUndefined();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/later']);
    expect(receiver.connections()).toBe(1);
  });

  it('names neither path nor query in what it tells people', async () => {
    const receiver = await receive(behaviours.reset());
    const url = `${receiver.origin}/T0/tok_secret?key=tok_secret`;
    const answer = await makeSender().send({
      url,
      headers: { 'x-a': 'tok_secret' },
      body: BODY,
      timeoutMs: 5000,
    });
    expect(JSON.stringify(answer)).not.toContain('tok_secret');
  });
});

describe('TLS', () => {
  const sendTo = async (
    names: string[],
    changes: { notAfter?: Date; trusted?: boolean; tls?: object } = {},
  ) => {
    const { cert, key } = makeCertificate({
      names,
      notBefore: daysFromNow(-10),
      ...(changes.notAfter && { notAfter: changes.notAfter }),
    });
    const receiver = keep(
      await startHostileReceiver(behaviours.answer(200), { tls: { cert, key, ...changes.tls } }),
    );
    const sender = makeSender(changes.trusted === false ? {} : { certificateAuthorities: [cert] });
    const url = `https://localhost:${receiver.port}/`;
    const answer = await sender.send({ url, headers: {}, body: BODY, timeoutMs: 5000 });
    return { answer, receiver };
  };

  it('with a certificate that is trusted and fits works', async () => {
    const { answer, receiver } = await sendTo(['localhost']);
    expect(answer.error).toBeUndefined();
    expect(receiver.requests[0]?.body.equals(BODY)).toBe(true);
  });

  it.each([
    ['a self-signed certificate', ['localhost'], { trusted: false }, 'self-signed'],
    ['an expired certificate', ['localhost'], { notAfter: daysFromNow(-1) }, 'expired'],
    ['the certificate of another host', ['other.example'], {}, 'another host'],
    [
      'an old protocol',
      ['localhost'],
      { tls: { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } },
      'handshake failed',
    ],
    ['HTTP/2 only', ['localhost'], { tls: { ALPNProtocols: ['h2'] } }, 'handshake failed'],
  ])('refuses %s and sends nothing', async (_, names, changes, words) => {
    const { answer, receiver } = await sendTo(names, changes);
    expect(answer).toMatchObject({ error: 'TLS', errorDetail: expect.stringContaining(words) as string });
    expect(receiver.requests.length).toBe(0);
  });

  it('says itself what it demands, so that nothing in the environment can relax it', async () => {
    const connect = jest.spyOn(tls, 'connect');
    await sendTo(['localhost']);
    const [options] = connect.mock.calls[0] ?? [];
    connect.mockRestore();
    expect(options).toMatchObject({
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
    });
  });

  it('says whom it means before it is shown a certificate (SNI)', async () => {
    const SNICallback = jest.fn((_name: string, done: (error: null) => void) => done(null));
    await sendTo(['localhost'], { tls: { SNICallback } });
    expect(SNICallback.mock.calls.map(([name]) => name)).toEqual(['localhost']);
  });

  it('with a receiver that does not speak it is TLS', async () => {
    const plain = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done));
    const { port } = plain.address() as { port: number };
    const answer = await makeSender().send({
      url: `https://127.0.0.1:${port}/`,
      headers: {},
      body: BODY,
      timeoutMs: 5000,
    });
    expect(answer.error).toBe('TLS');
    await new Promise((done) => plain.close(done));
  });

  it('that never finishes its handshake is a TIMEOUT, and the connection ends', async () => {
    const silent = await receive(() => undefined);
    const url = `https://127.0.0.1:${silent.port}/`;
    const answer = await makeSender().send({ url, headers: {}, body: BODY, timeoutMs: 200 });
    expect(answer.error).toBe('TIMEOUT');
    await waitUntil(() => silent.openConnections() === 0);
  });
});

it('is not sent when its connection comes after its deadline', async () => {
  const controller = {
    abort: jest.fn(),
    pause: jest.fn(),
    resume: jest.fn(),
    aborted: false,
    paused: false,
    reason: null,
  };
  const resolve = jest.fn();
  const exchange = makeExchange({ timeoutMs: 5, maxResponseBytes: 10, resolve, reject: jest.fn() });
  await waitUntil(() => resolve.mock.calls.length === 1);
  exchange.onRequestStart?.(controller, {});
  expect(controller.abort).toHaveBeenCalledTimes(1);
  exchange.onResponseError?.(controller, new Error('aborted'));
  expect(resolve.mock.calls).toEqual([[expect.objectContaining({ error: 'TIMEOUT' })]]);
});
