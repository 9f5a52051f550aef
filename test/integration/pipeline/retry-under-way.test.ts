import { startReceiver, type Receiver } from '../../support/receiver';
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

const retry = (id: string): Promise<unknown> =>
  acme.client.ask('mutation ($id: ID!) { deliveryRetry(id: $id) { userErrors { code } } }', { id });

it('keeps both attempts on record when a retry by hand meets one that is under way', async () => {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  receiver.answer(({ attempt }) => (attempt === 1 ? { after: released, status: 500 } : {}));
  await acme.endpoint({ url: receiver.url('/slow'), eventTypes: ['slow'] });
  await acme.publish({ type: 'slow' });
  await waitUntil(() => receiver.arrivals.length === 1);
  const [{ id } = { id: '' }] = await acme.deliveries();
  await retry(id);
  release();
  await waitUntil(async () => (await acme.delivery(id)).attempts.length === 2, 15_000);
  const delivery = await acme.delivery(id);
  expect(delivery.attempts.map(({ number, ok }) => ({ number, ok }))).toEqual(
    expect.arrayContaining([
      { number: 1, ok: false },
      { number: 2, ok: true },
    ]),
  );
  expect(delivery).toMatchObject({ status: 'DELIVERED', attemptCount: 2 });
});
