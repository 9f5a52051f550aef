import { makeCertificate } from '../support/outsiders/certificate';
import {
  behaviours,
  findClosedPort,
  startHostileReceiver,
  type HostileReceiver,
} from '../support/outsiders/hostile-receiver';
import { countById, startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { SeenDelivery, TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
const hostile: HostileReceiver[] = [];

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,2,60' });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
  await Promise.all(hostile.map((one) => one.close()));
}, 60_000);

const TIMEOUT_MS = 2500;
const { answer, raw } = behaviours;

/** How a receiver behaves, and what the attempt must be called; null: it succeeds. */
const MATRIX = [
  ['200 with a body', answer(200, { 'content-type': 'text/plain' }, 'thanks'), null],
  ['201', answer(201), null],
  ['204', answer(204), null],
  ['304', answer(304), 'HTTP_304'],
  ['301 to somewhere else', answer(301, { location: 'http://127.0.0.1:1/' }), 'HTTP_301'],
  ['308 to somewhere else', answer(308, { location: 'http://127.0.0.1:1/' }), 'HTTP_308'],
  ['400', answer(400, {}, 'what?'), 'HTTP_400'],
  ['500', answer(500), 'HTTP_500'],
  ['502', answer(502), 'HTTP_502'],
  ['no answer', behaviours.hangBeforeHeaders(), 'TIMEOUT'],
  ['half an answer and then nothing', behaviours.hangMidBody(), 'TIMEOUT'],
  ['half a refusal and then nothing', behaviours.hangMidBody(500), 'HTTP_500'],
  ['headers byte by byte', behaviours.slowloris('headers', 20), 'TIMEOUT'],
  ['a body byte by byte', behaviours.slowloris('body', 20), 'TIMEOUT'],
  ['a body of 50 MB', behaviours.hugeBody(50_000_000), null],
  ['a body without an end', behaviours.endlessChunks(), null],
  ['headers of 1 MB', behaviours.hugeHeaders(1_000_000), 'BAD_RESPONSE'],
  ['a reset', behaviours.reset(), 'CONNECTION_RESET'],
  ['a reset in mid-body', behaviours.resetMidBody(), 'CONNECTION_RESET'],
  ['an empty reply', behaviours.emptyReply(), 'CONNECTION_RESET'],
  ['something that is not HTTP', raw('SSH-2.0-OpenSSH_9.2\r\n\r\n'), 'BAD_RESPONSE'],
  ['a hint before the answer', behaviours.interimThenAnswer(103, 1), null],
] as const;

async function settled(type: string): Promise<SeenDelivery> {
  await waitUntil(async () => (await acme.deliveries({ types: [type] }))[0]?.attempts.length === 1, 15_000);
  return (await acme.deliveries({ types: [type] }))[0] as SeenDelivery;
}

describe('receivers of every kind', () => {
  let healthyLagMs: number;

  beforeAll(async () => {
    await acme.endpoint({ url: receiver.url('/healthy'), eventTypes: ['healthy'] });
    for (const [index, [, behave]] of MATRIX.entries()) {
      const one = await startHostileReceiver(behave);
      hostile.push(one);
      await acme.endpoint({
        url: one.origin,
        timeoutMs: TIMEOUT_MS,
        retrySchedule: [60],
        eventTypes: [`kind.${index}`],
      });
    }
    await Promise.all(MATRIX.map((_, index) => warren.publish('acme', `kind.${index}`, { index })));
    await waitUntil(() => hostile.some((one) => one.requests.length > 0));
    const sentAtMs = Date.now();
    await warren.publish('acme', 'healthy', {});
    await waitUntil(() => receiver.at('/healthy').length === 1);
    healthyLagMs = (receiver.at('/healthy')[0]?.atMs ?? 0) - sentAtMs;
  }, 60_000);

  it.each(MATRIX.map(([name, , error], index) => ({ name, error, index })))(
    '$name: $error',
    async ({ error, index }) => {
      const delivery = await settled(`kind.${index}`);
      const [attempt] = delivery.attempts;
      expect(attempt).toMatchObject({ number: 1, ok: error === null, error });
      expect(delivery.status).toBe(error === null ? 'DELIVERED' : 'RETRYING');
      expect(attempt?.durationMs).toBeLessThanOrEqual(TIMEOUT_MS + 1000);
      if (error === 'TIMEOUT') expect(attempt?.durationMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 20);
      expect(attempt?.responseBody?.length ?? 0).toBeLessThanOrEqual(16_384);
    },
  );

  it('do not keep a healthy one waiting', () => {
    // Whoever waited for one that hangs would wait as long as that may hang.
    expect(healthyLagMs).toBeLessThan(0.9 * TIMEOUT_MS);
  });

  it('get one request each, and none after a redirect', () => {
    for (const one of hostile) expect(one.requests).toHaveLength(1);
  });
});

/** What is wrong with each is told apart in http-faults.test.ts, with certificates that are trusted. */
it.each([
  ['self-signed', ['127.0.0.1'], {}],
  ['expired', ['127.0.0.1'], { notAfter: new Date(Date.now() - 86_400_000) }],
  ['of another host', ['other.example'], {}],
])('sends nothing to a receiver whose certificate is %s', async (kind, names, changes) => {
  const one = await startHostileReceiver(answer(200), { tls: makeCertificate({ names, ...changes }) });
  hostile.push(one);
  const type = `certificate.${kind.replaceAll(' ', '-')}`;
  await acme.endpoint({ url: one.origin, retrySchedule: [60], eventTypes: [type] });
  await acme.publish({ type });
  const delivery = await settled(type);
  expect(delivery).toMatchObject({ status: 'RETRYING', attempts: [{ ok: false, error: 'TLS' }] });
  expect(one.requests).toEqual([]);
});

it('names a closed port, a name that does not resolve and an address that is not allowed', async () => {
  await acme.endpoint({ url: `http://127.0.0.1:${await findClosedPort()}/`, eventTypes: ['closed'] });
  await warren.publish('acme', 'closed', {});
  expect((await settled('closed')).attempts[0]?.error).toBe('CONNECTION_REFUSED');

  // Saving refuses such addresses, so they are put where a name that moved later would be.
  for (const [type, url, error] of [
    ['nowhere', 'http://nowhere.invalid/', 'DNS'],
    ['inside', 'http://10.0.0.1/', 'BLOCKED_ADDRESS'],
    ['metadata', 'http://169.254.169.254/latest/meta-data/', 'BLOCKED_ADDRESS'],
  ] as const) {
    await acme.endpoint({ url: receiver.url(`/${type}`), name: type, eventTypes: [type] });
    await warren.sql('update endpoints set url = ? where name = ?', [url, type]);
    await acme.publish({ type });
    expect((await settled(type)).attempts[0]?.error).toBe(error);
  }
});

it('waits at least as long as a 429 with Retry-After asks, on every sub-rung', async () => {
  let firstAtMs = Infinity;
  // Who comes in the first half second is sent away; a slow start would else bring a new 429 after each pause.
  receiver.answer(({ path, atMs }) => {
    if (path !== '/throttled') return {};
    firstAtMs = Math.min(firstAtMs, atMs);
    return atMs - firstAtMs < 500 ? { status: 429, headers: { 'retry-after': '2' } } : {};
  });
  await acme.endpoint({ url: receiver.url('/throttled'), eventTypes: ['throttled'] });
  await Promise.all(Array.from({ length: 12 }, (_, n) => warren.publish('acme', 'throttled', { n })));
  await waitUntil(
    async () => (await acme.deliveries({ types: ['throttled'], status: ['DELIVERED'] })).length === 12,
    20_000,
  );
  const waits = [...countById(receiver.at('/throttled')).keys()].flatMap((webhookId) => {
    const [first, second] = receiver.at('/throttled').filter(({ id }) => id === webhookId);
    return first !== undefined && second !== undefined ? [second.atMs - first.atMs] : [];
  });
  expect(waits.length).toBeGreaterThan(0);
  // By the receiver's clock, which may have looked late at the first.
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1800);
});
