import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { LIMITS } from '../../../src/domain/limits';
import { countById, startReceiver, type Receiver } from '../../support/outsiders/receiver';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const ENDPOINTS = 300;

it('delivers one large event to 300 endpoints, each signed with its own secret and whole', async () => {
  const secrets = new Map<string, string>();
  for (let n = 0; n < ENDPOINTS; n += 20) {
    const paths = Array.from({ length: 20 }, (_, at) => `/wide/${n + at}`);
    await Promise.all(
      paths.map(async (path) => {
        const { secret } = await acme.endpoint({ url: receiver.url(path), eventTypes: ['wide.#'] });
        secrets.set(path, secret);
      }),
    );
  }
  const data = JSON.stringify({ blob: randomBytes(75_000).toString('base64') });
  expect(data.length).toBeGreaterThan(LIMITS.inlinePayloadBytes);
  await warren.publish('acme', 'wide.event', Buffer.from(data));
  await waitUntil(() => receiver.arrivals.length >= ENDPOINTS, 60_000);

  expect(receiver.arrivals).toHaveLength(ENDPOINTS);
  expect(new Set(receiver.arrivals.map(({ path }) => path)).size).toBe(ENDPOINTS);
  expect(countById(receiver.arrivals).size).toBe(ENDPOINTS);
  for (const { path, body, headers } of receiver.arrivals) {
    expect(body.toString().endsWith(`"data":${data}}`)).toBe(true);
    new Webhook(secrets.get(path) ?? '').verify(body, headers as Record<string, string>);
  }
  await waitUntil(async () => {
    const [row] = await warren.sql<{ count: string }>(
      'select count(*) as count from deliveries where delivered_at is not null',
    );
    return Number(row?.count) === ENDPOINTS;
  });
}, 120_000);

it('has the large payload on record once, and none of it in the queue of deliveries', async () => {
  const [row] = await warren.sql<{ events: string; bodies: string }>(
    'select (select count(*) from events) as events, (select count(*) from delivery_attempts where request_body is not null) as bodies',
  );
  expect(row).toEqual({ events: '1', bodies: '0' });
});
