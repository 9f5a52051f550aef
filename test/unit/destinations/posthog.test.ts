import type { Destinations } from '../../../src/destinations/destinations';
import { newId } from '../../../src/domain/ids';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startReceiver, type Receiver } from '../../support/outsiders/receiver';

const token = 'phc_plantedprojectkey';
let posthog: Receiver;
let destinations: Destinations;

beforeEach(async () => {
  destinations = openDestinations();
  posthog = await startReceiver();
  posthog.answer(() => ({ status: 200, body: '{"status":"Ok"}' }));
});
afterEach(async () => {
  await destinations.close();
  await posthog.close();
});

const occurredAt = new Date('2026-01-02T03:04:05.678Z');
const payloadOf = (data: string): string => {
  const event = {
    id: 'evt_1',
    type: 'order.placed',
    version: 1,
    occurredAt,
    data: Buffer.from(data),
    tenantSlug: 'acme',
  };
  return destinations.ownPayload('posthog://eu.i.posthog.com', event, 'CLOUDEVENTS')?.body.toString() ?? '';
};
const send = (changes = {}) =>
  destinations.send(
    makeDestinationRequest(posthog.url('').replace('http:', 'posthog+http:'), {
      credentials: { type: 'bearer', token },
      ...changes,
    }),
  );

interface Batch {
  api_key: string;
  batch: { uuid: string; properties: { n?: number } }[];
}
const batches = (): Batch[] => posthog.at('/batch/').map(({ body }) => JSON.parse(body.toString()) as Batch);

it.each([
  ['{"total":12345678901234567890}', '"$process_person_profile":false,"total":12345678901234567890}'],
  [' { } ', '"$process_person_profile":false}'],
  ['[1]', '"$process_person_profile":false,"data":[1]}'],
  ['"x"', '"$process_person_profile":false,"data":"x"}'],
])('captures data of nobody as properties, as it was written: %s', (data, properties) => {
  const head =
    '{"event":"order.placed","distinct_id":"warren:acme","timestamp":"2026-01-02T03:04:05.678Z","properties":{';
  expect(payloadOf(data)).toBe(`${head}${properties}}`);
});

it('lets data say whose event it is', () => {
  expect(JSON.parse(payloadOf('{"distinct_id":"u1","properties":{"a":1}}'))).toEqual({
    event: 'order.placed',
    distinct_id: 'u1',
    timestamp: '2026-01-02T03:04:05.678Z',
    properties: { a: 1 },
  });
  expect(JSON.parse(payloadOf('{"distinct_id":"u1","event":"paid"}'))).toMatchObject({ event: 'paid' });
});

it('sends it with the key of the project, and one uuid for a delivery', async () => {
  const headers = { 'webhook-id': newId('delivery') };
  const body = Buffer.from(payloadOf('{"total":1}'));
  expect((await send({ headers, body })).error).toBeUndefined();
  await send({ headers, body });
  const [first, second] = batches();
  expect(first).toMatchObject({
    api_key: token,
    batch: [
      {
        event: 'order.placed',
        properties: { total: 1 },
        uuid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
      },
    ],
  });
  expect(second).toEqual(first);
});

it('lets no data stand for the key of the project', async () => {
  const data = '{"distinct_id":"u1","api_key":"phc_another","token":"phc_another","uuid":"x"}';
  const body = Buffer.from(payloadOf(data));
  await send({ body });
  expect(batches()).toMatchObject([{ api_key: token, batch: [{ distinct_id: 'u1' }] }]);
  expect(posthog.arrivals[0]?.body.toString()).not.toMatch(/phc_another|"uuid":"x"/);
});

it.each([
  [401, '{"code":"invalid_api_key"}', 'AUTH'],
  [200, '{"status":"Ok","quota_limited":["events"]}', 'REFUSED'],
  [400, '{}', 'HTTP_400'],
  [503, '{}', 'HTTP_503'],
])('fails when PostHog answers %i %s', async (status, body, error) => {
  posthog.answer(() => ({ status, body }));
  expect(await send()).toMatchObject({ error });
});

it('hides the key in an answer that sends it back', async () => {
  posthog.answer(() => ({ status: 400, headers: { 'x-key': token }, body: `no project has ${token}` }));
  const { response } = await send();
  expect(response?.headers['x-key']).toBe('[redacted]');
  expect(response?.body.toString()).toBe('no project has [redacted]');
});

describe('a batch', () => {
  const endpointId = newId('endpoint');
  const sendOne = (n: number, changes = {}) =>
    send({
      endpointId,
      headers: { 'webhook-id': newId('delivery') },
      body: Buffer.from(payloadOf(`{"n":${n}}`)),
      ...changes,
    });
  const sendMany = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => sendOne(n)));
  const sentNumbers = () => batches().flatMap(({ batch }) => batch.map(({ properties }) => properties.n));

  it('has what gathered while others were under way, each event once and with an answer of its own', async () => {
    posthog.answer(() => ({ status: 200, body: '{"status":"Ok"}', delayMs: 20 }));
    const answers = await sendMany(500);
    expect(
      answers.filter(({ error, response }) => error === undefined && response?.status === 200),
    ).toHaveLength(500);
    expect(sentNumbers().toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(batches()).toHaveLength(5);
  });

  it('does not fail for one event that PostHog does not take', async () => {
    posthog.answer(({ body }) => ({ status: body.includes('"n":3}') ? 400 : 200 }));
    const answers = await sendMany(6);
    expect(answers.map(({ error = 'taken' }) => error)).toEqual([
      ...['taken', 'taken', 'taken'],
      'HTTP_400',
      ...['taken', 'taken'],
    ]);
  });

  it('fails as a whole when PostHog is down, and each of its deliveries in its own time', async () => {
    posthog.answer(() => ({ status: 503, headers: { 'retry-after': '7' } }));
    for (const answer of await sendMany(5))
      expect(answer).toMatchObject({ error: 'HTTP_503', response: { headers: { 'retry-after': '7' } } });
    expect(batches()).toHaveLength(1);

    posthog.answer(() => ({ after: new Promise((resolve) => setTimeout(resolve, 1500).unref()) }));
    const [hasty, patient] = await Promise.all([
      sendOne(1, { timeoutMs: 100 }),
      sendOne(2, { timeoutMs: 10_000 }),
    ]);
    expect([hasty.error, patient.error]).toEqual(['TIMEOUT', undefined]);
    expect(hasty.durationMs).toBeLessThan(1000);
  });
});
