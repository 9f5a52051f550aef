import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
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

const replay = (id: string): Promise<unknown> =>
  acme.client.ask(
    'mutation ($ids: [ID!]) { replayCreate(input: { deliveryIds: $ids }) { userErrors { code message } } }',
    { ids: [id] },
  );

const cancel = (id: string): Promise<unknown> =>
  acme.client.ask('mutation ($id: ID!) { deliveryCancel(id: $id) { userErrors { code } } }', { id });

/** One whose first request is answered, with an error, once it is let go. */
async function beginOne(name: string): Promise<{ id: string; path: string; release: () => void }> {
  const path = `/${name.replaceAll(' ', '-')}`;
  const type = name.replaceAll(' ', '.');
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  receiver.answer(({ attempt }) => (attempt === 1 ? { after: released, status: 500 } : {}));
  const { id: endpointId } = await acme.endpoint({ url: receiver.url(path), eventTypes: [type] });
  await acme.publish({ type });
  await waitUntil(() => receiver.at(path).length === 1);
  // It may be attempted before it is on record.
  await waitUntil(async () => (await acme.deliveries({ endpointId })).length === 1);
  const [{ id } = { id: '' }] = await acme.deliveries({ endpointId });
  return { id, path, release };
}

it.each([
  { what: 'a retry by hand', again: retry },
  { what: 'a retry after a cancel', again: async (id: string) => (await cancel(id), retry(id)) },
  { what: 'a replay after a cancel', again: async (id: string) => (await cancel(id), replay(id)) },
])(
  'keeps both attempts on record when $what meets one that is under way',
  async ({ what, again }) => {
    const { id, path, release } = await beginOne(what);
    await again(id);
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
    expect(receiver.at(path).map(({ attempt }) => attempt)).toEqual([1, 2]);
  },
  60_000,
);

it.each([
  { what: 'a retry by hand', again: retry },
  { what: 'a replay', again: replay },
])(
  'counts the attempt of a delivery that was cancelled meanwhile, and $what leaves no number out',
  async ({ what, again }) => {
    const { id, path, release } = await beginOne(`late before ${what}`);
    await cancel(id);
    release();
    await waitUntil(async () => (await acme.delivery(id)).attempts.length === 1, 15_000);
    expect(await acme.delivery(id)).toMatchObject({
      ...{ status: 'CANCELLED', attemptCount: 1, lastError: 'HTTP_500' },
    });
    await again(id);
    await waitUntil(async () => (await acme.delivery(id)).attempts.length === 2, 15_000);
    const { attempts, ...delivery } = await acme.delivery(id);
    expect(attempts.map(({ number }) => number)).toEqual([1, 2]);
    expect(delivery).toMatchObject({ status: 'DELIVERED', attemptCount: 2 });
    expect(receiver.at(path).map(({ attempt }) => attempt)).toEqual([1, 2]);
  },
  60_000,
);

it.each([
  { what: 'a retry by hand', again: retry },
  { what: 'a retry after a cancel', again: async (id: string) => (await cancel(id), retry(id)) },
  { what: 'a replay', again: replay },
])(
  'leaves no number out when $what meets one that waits on the ladder',
  async ({ what, again }) => {
    const { id, path, release } = await beginOne(`ladder before ${what}`);
    release();
    await waitUntil(async () => (await acme.delivery(id)).status === 'RETRYING', 15_000);
    await again(id);
    await waitUntil(async () => (await acme.delivery(id)).status === 'DELIVERED', 15_000);
    const { attempts, attemptCount } = await acme.delivery(id);
    expect({ attemptCount, numbers: attempts.map(({ number }) => number) }).toEqual({
      attemptCount: 2,
      numbers: [1, 2],
    });
    expect(receiver.at(path).map(({ attempt }) => attempt)).toEqual([1, 2]);
  },
  60_000,
);

it('begins with the first when one that was cancelled while it was held is sent after all', async () => {
  const { id: endpointId } = await acme.endpoint({ url: receiver.url('/held'), eventTypes: ['held.first'] });
  receiver.answer(() => ({}));
  await acme.client.ask('mutation ($id: ID!) { endpointPause(id: $id) { userErrors { code } } }', {
    id: endpointId,
  });
  await acme.publish({ type: 'held.first' });
  await waitUntil(async () => (await acme.deliveries({ endpointId }))[0]?.status === 'HELD');
  const [{ id } = { id: '' }] = await acme.deliveries({ endpointId });
  await cancel(id);
  await acme.client.ask(
    'mutation ($id: ID!) { endpointResume(input: { id: $id }) { userErrors { code } } }',
    { id: endpointId },
  );
  await retry(id);
  await waitUntil(async () => (await acme.delivery(id)).status === 'DELIVERED', 15_000);
  expect(await acme.delivery(id)).toMatchObject({ attemptCount: 1, attempts: [{ number: 1 }] });
}, 60_000);
