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
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,1,1,1,1' });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  gate = gateStory(acme, receiver);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

it('disables an endpoint that has only failed for five days, tells the tenant, and delivers all after a resume', async () => {
  let down = true;
  receiver.answer(({ path }) => (path === '/failing' && down ? { status: 500 } : {}));
  await acme.endpoint({ url: receiver.url('/told'), eventTypes: ['warren.endpoint.disabled'] });
  const { id } = await acme.endpoint({ url: receiver.url('/failing'), eventTypes: ['failing'] });
  // As if its failures had begun five days ago; any change of its settings makes every process read it anew.
  await warren.sql(
    'update endpoints set failing_since = utc_timestamp(3) - interval 5 day where url like ?',
    ['%/failing'],
  );
  await acme.client.ask(
    'mutation ($id: ID!) { endpointUpdate(input: { id: $id, name: "failing" }) { endpoint { id } } }',
    { id },
  );
  await acme.publish({ type: 'failing', data: { n: 0 } });
  await waitUntil(async () => (await gate.endpoint(id)).status === 'DISABLED', 10_000);
  expect((await gate.endpoint(id)).disabledReason).toContain('has failed');
  await waitUntil(() => receiver.at('/told').length === 1, 10_000);
  expect(receiver.at('/told')[0]?.body.toString()).toContain('ONLY_FAILURES');
  await acme.publish({ type: 'failing', data: { n: 1 } });
  await waitUntil(async () => (await gate.statuses('failing')).join() === 'HELD,HELD', 10_000);
  down = false;
  await gate.resume(id);
  await waitUntil(async () => (await gate.statuses('failing')).join() === 'DELIVERED,DELIVERED', 10_000);
  expect((await gate.endpoint(id)).health.failingSince).toBeNull();
}, 60_000);
