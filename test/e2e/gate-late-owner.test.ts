import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api,router' });
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const statusesOf = async (type: string): Promise<(string | null)[]> =>
  (await acme.deliveries({ types: [type] }))
    .map(({ status, lastError }) => [status, lastError].filter(Boolean).join(' '))
    .sort();

async function pausedEndpoint(type: string): Promise<string> {
  const { id } = await acme.endpoint({ url: receiver.url(`/${type}`), eventTypes: [type] });
  await acme.client.ask('mutation ($id: ID!) { endpointPause(id: $id) { endpoint { status } } }', { id });
  for (let n = 0; n < 4; n++) await acme.publish({ type, data: { n }, orderingKey: `key-${n % 2}` });
  await waitUntil(async () => (await statusesOf(type)).join() === 'HELD,HELD,HELD,HELD');
  return id;
}

it('does what was wished of a gate before anybody owned it', async () => {
  const resumed = await pausedEndpoint('resumed');
  await acme.client.ask(
    'mutation ($input: EndpointResumeInput!) { endpointResume(input: $input) { endpoint { status } } }',
    { input: { id: resumed, newestPerOrderingKey: true } },
  );
  const deleted = await pausedEndpoint('deleted');
  await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id: deleted });

  await warren.start({ WARREN_ROLES: 'worker' });
  await waitUntil(
    async () => (await statusesOf('resumed')).filter((all) => all === 'DELIVERED').length === 2,
  );
  const superseded = 'CANCELLED DROPPED_SUPERSEDED';
  expect(await statusesOf('resumed')).toEqual([superseded, superseded, 'DELIVERED', 'DELIVERED']);
  await waitUntil(async () => !(await statusesOf('deleted')).includes('HELD'));
  expect(await statusesOf('deleted')).toEqual(Array<string>(4).fill('CANCELLED ENDPOINT_DELETED'));
  expect(receiver.at('/deleted')).toEqual([]);
}, 30_000);
