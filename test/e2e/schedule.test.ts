import { gateStory } from '../support/gate-story';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let gate: ReturnType<typeof gateStory>;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETENTION_DAYS: '3' });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  gate = gateStory(acme, receiver);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

it('holds an event until its time, shows when that is, and delivers it then', async () => {
  await acme.endpoint({ url: receiver.url('/later'), eventTypes: ['later'] });
  const deliverAt = inMs(2500);
  await acme.publish({ type: 'later', data: { n: 0 }, deliverAt });
  await acme.publish({ type: 'later', data: { n: 1 }, deliverAt: inMs(-5000) });
  await waitUntil(async () => (await gate.statuses('later')).join() === 'DELIVERED,HELD');
  const held = (await gate.deliveries('later')).find(({ status }) => status === 'HELD');
  expect(held).toMatchObject({ heldBecause: 'SCHEDULED', nextAttemptAt: deliverAt });
  await waitUntil(() => receiver.at('/later').length === 2, 10_000);
  expect(gate.sent('/later')).toEqual([1, 0]);
  expect(receiver.at('/later')[1]?.atMs).toBeGreaterThanOrEqual(Date.parse(deliverAt));
  await waitUntil(async () => (await gate.statuses('later')).join() === 'DELIVERED,DELIVERED');
}, 30_000);

it('hands an event whose time has come to the gate of an endpoint that is paused', async () => {
  const { id } = await acme.endpoint({ url: receiver.url('/paused'), eventTypes: ['paused'] });
  await acme.publish({ type: 'paused', data: { n: 0 }, deliverAt: inMs(1500) });
  await gate.pause(id);
  await waitUntil(async () => (await gate.deliveries('paused'))[0]?.heldBecause === 'PAUSED', 10_000);
  expect(receiver.at('/paused')).toEqual([]);
  await gate.resume(id);
  await waitUntil(async () => (await gate.statuses('paused')).join() === 'DELIVERED', 10_000);
}, 30_000);

it('sends at once what somebody retries by hand before its time', async () => {
  await acme.endpoint({ url: receiver.url('/now'), eventTypes: ['now'] });
  await acme.publish({ type: 'now', data: { n: 0 }, deliverAt: inMs(3_600_000) });
  await waitUntil(async () => (await gate.statuses('now')).join() === 'HELD');
  await gate.retry((await gate.deliveries('now'))[0]?.id ?? '');
  await waitUntil(async () => (await gate.statuses('now')).join() === 'DELIVERED');
}, 30_000);

it('refuses a time past retention, over the API and over AMQP', async () => {
  await expect(acme.publish({ type: 'never', deliverAt: inMs(3 * 86_400_000) })).rejects.toThrow('INVALID');
  await warren.stranger.publish(warren.queue('events'), 'never', '{}', {
    headers: { tenant: 'acme', 'deliver-at': inMs(3 * 86_400_000) },
  });
  await waitUntil(async () => (await warren.stranger.depth(warren.queue('rejected'))) === 1);
}, 30_000);
