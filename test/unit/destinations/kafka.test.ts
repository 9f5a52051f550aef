import type { Destinations } from '../../../src/destinations/destinations';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { makeCertificate } from '../../support/outsiders/certificate';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import {
  startKafkaStandIn,
  type KafkaStandIn,
  type StandInOptions,
} from '../../support/outsiders/kafka-stand-in';
import { waitUntil } from '../../support/wait-until';

let destinations: Destinations;
let broker: KafkaStandIn;

beforeEach(() => void (destinations = openDestinations()));
afterEach(async () => {
  await destinations.close();
  await broker.close();
});

const sasl = { type: 'sasl', mechanism: 'plain', username: 'warren', password: 'right-password' };
/** One endpoint, so one producer. */
const ONE = { endpointId: 'ep_1' };
const start = async (options: StandInOptions) => (broker = await startKafkaStandIn(options));
const send = (changes = {}) =>
  destinations.send(makeDestinationRequest(`kafka://127.0.0.1:${broker.port}/orders`, changes));

it('publishes a sound batch with the headers of a webhook', async () => {
  await start({ password: sasl.password });
  const request = makeDestinationRequest(`kafka://127.0.0.1:${broker.port}/orders`, { credentials: sasl });
  expect(await destinations.send(request)).toEqual({ durationMs: expect.any(Number) as number });
  expect(broker.kept).toEqual([
    {
      key: null,
      value: request.body.toString(),
      headers: request.headers,
      partition: expect.any(Number) as number,
    },
  ]);
});

it('keeps the events of one ordering key in one partition, in their order', async () => {
  await start({});
  const ids = Array.from({ length: 6 }, (_, n) => `dlv_${n}`);
  for (const id of ids) await send({ ...ONE, orderingKey: 'shop-1', headers: { 'webhook-id': id } });
  expect(broker.kept.map(({ headers }) => headers['webhook-id'])).toEqual(ids);
  expect(new Set(broker.kept.map(({ key, partition }) => `${key} ${partition}`)).size).toBe(1);
});

it('takes many at once, and each once', async () => {
  await start({});
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => send({ ...ONE, headers: { 'webhook-id': `dlv_${n}` } })),
  );
  expect(answers.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(broker.kept).toHaveLength(50);
  expect(new Set(broker.kept.map(({ headers }) => headers['webhook-id'])).size).toBe(50);
});

it('spells the attributes of a CloudEvent as the Kafka binding does', async () => {
  await start({});
  await send({ headers: { 'ce-id': 'evt_1', 'ce-specversion': '1.0' } });
  expect(broker.kept[0]?.headers).toMatchObject({ ce_id: 'evt_1', ce_specversion: '1.0' });
  expect(broker.kept[0]?.headers).not.toHaveProperty('ce-id');
});

it('sends once what the broker has kept without saying so', async () => {
  await start({ lostAnswers: 1 });
  expect((await send()).error).toBeUndefined();
  expect(broker.kept).toHaveLength(1);
});

it('fails when there is no such topic', async () => {
  await start({});
  const url = `kafka://127.0.0.1:${broker.port}/nowhere`;
  expect(await destinations.send(makeDestinationRequest(url))).toMatchObject({ error: 'UNROUTABLE' });
});

it('signs in as the credentials say, and says without them when it may not', async () => {
  await start({ password: 'another-one' });
  const answer = await send({ credentials: sasl });
  expect(broker.signIns[0]).toBe('\0warren\0right-password');
  expect(answer).toMatchObject({
    error: 'AUTH',
    errorDetail: expect.stringContaining('no user has') as string,
  });
  expect(JSON.stringify(answer)).not.toContain('right-password');
});

it.each(['scram-sha-256', 'scram-sha-512'])(
  'signs in by %s without showing the password',
  async (mechanism) => {
    await start({ password: sasl.password });
    const scram = { ...sasl, mechanism };
    expect((await send({ credentials: scram })).error).toBeUndefined();
    expect(broker.kept).toHaveLength(1);
    expect(broker.signIns.join()).toContain('n=warren');
    expect(broker.signIns.join()).not.toContain('password');
    const wrong = { ...scram, password: 'wrong-password' };
    expect(await send({ credentials: wrong })).toMatchObject({ error: 'AUTH' });
  },
);

it('does not work on a password for as long as a broker says, where name look-ups would wait', async () => {
  await start({ password: sasl.password, iterations: 1_000_000_000 });
  const scram = { ...sasl, mechanism: 'scram-sha-512' };
  expect(await send({ credentials: scram, timeoutMs: 5000 })).toMatchObject({
    error: 'AUTH',
    errorDetail: expect.stringContaining('1000000000 iterations') as string,
  });
});

it('makes no room for a list that is longer than its answer', async () => {
  await start({ versions: 33_000_000 });
  const before = process.memoryUsage().heapUsed;
  expect(await send()).toMatchObject({
    error: 'REFUSED',
    errorDetail: 'The broker said: the list is longer than the answer',
  });
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
});

it('goes to no broker of a cluster that the outbound policy forbids, by address or by name', async () => {
  for (const host of ['10.0.0.1', 'inside.example.com']) {
    await start({ password: sasl.password, advertised: { host, port: 9092 } });
    const strict = openDestinations({
      policy: makeOutboundPolicy({
        allowedNetworks: ['127.0.0.0/8'],
        resolve: () => Promise.resolve([{ address: '192.168.0.1', family: 4 }]),
      }),
    });
    const url = `kafka://127.0.0.1:${broker.port}/orders`;
    expect(await strict.send(makeDestinationRequest(url, { credentials: sasl }))).toMatchObject({
      error: 'BLOCKED_ADDRESS',
    });
    expect(broker.signIns.length).toBeGreaterThan(0);
    // What was opened on the way is closed.
    await strict.close();
    await waitUntil(() => broker.openConnections() === 0, 15_000);
    if (host === '10.0.0.1') await broker.close();
  }
});

it.each([
  ['speaks HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['sends an answer of no length', Buffer.alloc(4)],
  ['sends one that is too short to be read', Buffer.from([0, 0, 0, 2, 1, 1])],
  ['announces two gigabytes', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
])('fails when the other side %s, and nothing worse happens', async (_what, garbage) => {
  await start({ garbage });
  expect(await send()).toMatchObject({ error: 'BAD_RESPONSE' });
});

it('speaks TLS to a broker whose certificate is good, and to no other', async () => {
  const tls = makeCertificate({ names: ['127.0.0.1'] });
  await start({ tls, password: sasl.password });
  const request = makeDestinationRequest(`kafka+tls://127.0.0.1:${broker.port}/orders`, {
    credentials: sasl,
  });
  expect(await destinations.send(request)).toMatchObject({ error: 'TLS' });
  expect(broker.signIns).toEqual([]);
  const trusting = openDestinations({ certificateAuthorities: [tls.cert] });
  expect((await trusting.send(request)).error).toBeUndefined();
  expect(broker.kept).toHaveLength(1);
  await trusting.close();
});

it.each(['kafka', 'kafka+tls'])('finds a broker by its IPv6 address (%s)', async (scheme) => {
  const tls = makeCertificate({ names: ['::1'] });
  await start({ host: '::1', ...(scheme === 'kafka' ? {} : { tls }) });
  const open = openDestinations({
    policy: makeOutboundPolicy({ allowedNetworks: ['::1/128'] }),
    certificateAuthorities: [tls.cert],
  });
  const answer = await open.send(makeDestinationRequest(`${scheme}://[::1]:${broker.port}/orders`));
  await open.close();
  expect(answer).toEqual({ durationMs: expect.any(Number) as number });
  expect(broker.kept).toHaveLength(1);
});

it('goes to no IPv6 address that the policy forbids, however a cluster writes it', async () => {
  for (const host of ['::1', '%3a%3a1', '::ffff:10.0.0.1']) {
    await start({ advertised: { host, port: 9092 } });
    expect(await send()).toMatchObject({ error: 'BLOCKED_ADDRESS' });
    await broker.close();
  }
});

it('fails when the other side does not answer, or does not speak TLS', async () => {
  await start({ garbage: Buffer.alloc(0) });
  expect(await send({ timeoutMs: 500 })).toMatchObject({ error: 'TIMEOUT' });
  const url = `kafka+tls://127.0.0.1:${broker.port}/orders`;
  const answer = await destinations.send(makeDestinationRequest(url, { timeoutMs: 1000 }));
  expect(['TLS', 'TIMEOUT', 'CONNECTION_RESET']).toContain(answer.error);
});
