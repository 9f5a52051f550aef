import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  // One delivery at a time, so that a test can keep the worker busy while messages gather behind it.
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api,worker', WARREN_WINDOW: '1' });
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

it('makes one request for a delivery whose event came again to a router that ran before', async () => {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  receiver.answer(({ path }) => (path === '/busy' ? { after: released } : {}));
  await acme.endpoint({ url: receiver.url('/busy'), eventTypes: ['keeps.busy'] });
  await acme.endpoint({ url: receiver.url('/twin'), eventTypes: ['has.twin'] });
  const route = warren.queue('route');
  const deliver = warren.queue('deliver');

  const router = await warren.start({ WARREN_ROLES: 'router' });
  await warren.publish('acme', 'keeps.busy', {});
  await waitUntil(() => receiver.at('/busy').length === 1);
  await warren.publish('acme', 'has.twin', {}, 'one-key');
  await waitUntil(async () => (await warren.stranger.depth(deliver)) === 1);
  await router.app.stop();

  // As after a router that died between its commit and its ack: the broker hands the message out again.
  await warren.publish('acme', 'has.twin', {}, 'one-key');
  await warren.stranger.handOutAndReturn(route);
  await warren.start({ WARREN_ROLES: 'router' });
  await waitUntil(async () => (await warren.stranger.depth(deliver)) === 2);

  release();
  await waitUntil(async () => (await acme.deliveries({ status: ['DELIVERED'] })).length === 2);
  // The worker takes one message after the other: when a later one has arrived, the twin has been dealt with.
  await acme.publish({ type: 'keeps.busy' });
  await waitUntil(() => receiver.at('/busy').length === 2);
  expect(receiver.at('/twin')).toHaveLength(1);
});
