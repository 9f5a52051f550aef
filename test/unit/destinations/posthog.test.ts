import type { Destinations } from '../../../src/destinations/destinations';
import { newId } from '../../../src/domain/ids';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startReceiver, type Receiver } from '../../support/receiver';

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
  const [first, second] = posthog
    .at('/i/v0/e/')
    .map((arrival) => JSON.parse(arrival.body.toString()) as object);
  expect(first).toMatchObject({ api_key: token, event: 'order.placed', properties: { total: 1 } });
  expect(first).toHaveProperty('uuid', expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/));
  expect(second).toEqual(first);
});

it('lets no data stand for the key of the project', async () => {
  await send({ body: Buffer.from(payloadOf('{"distinct_id":"u1","api_key":"phc_another","uuid":"x"}')) });
  const sent = JSON.parse(posthog.arrivals[0]?.body.toString() ?? '') as object;
  expect(sent).toMatchObject({ api_key: token, distinct_id: 'u1' });
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
