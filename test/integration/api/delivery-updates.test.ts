import { newId } from '../../../src/domain/ids';
import {
  OPERATOR_KEY,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { watchDeliveries, type DeliveryStream } from '../../support/delivery-stream';
import { waitUntil } from '../../support/wait-until';

let server: ApiServer;
let acme: TestTenant;
let endpointIds: string[];
let opened = 0;

async function* quiet({ signal }: { signal: AbortSignal }) {
  opened++;
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  yield* [];
}

async function endpointOf({ client }: TestTenant): Promise<string> {
  const made = await client.ask<{ endpointCreate: { endpoint: { id: string } } }>(
    'mutation { endpointCreate(input: { url: "https://a.example" }) { endpoint { id } } }',
  );
  return made.endpointCreate.endpoint.id;
}

beforeAll(async () => {
  server = await startApiServer({
    watchDeliveries: quiet,
    allTenants: {
      watch: quiet,
      newest: () => Promise.reject(new Error('unexpected')),
      placeOf: () => Promise.resolve('there'),
    },
  });
  acme = await makeTenant(server, 'acme');
  endpointIds = [await endpointOf(acme), await endpointOf(await makeTenant(server, 'other'))];
});
afterAll(() => server.close());

const NO_ENDPOINT = [
  { message: 'There is no endpoint with this id.', extensions: { code: 'BAD_USER_INPUT' } },
];

async function endOf(filter: object, key = acme.key): Promise<unknown> {
  const stream = watchDeliveries(server.url, key, { filter });
  await waitUntil(() => stream.ended() !== undefined);
  await stream.close();
  return stream.ended();
}

async function staysOpen(filter: object, key = acme.key): Promise<void> {
  const before = opened;
  const stream: DeliveryStream = watchDeliveries(server.url, key, { filter });
  await waitUntil(() => opened > before);
  expect(stream.ended()).toBeUndefined();
  await stream.close();
}

describe('who watches deliveries that there can be none of is told so', () => {
  it('of an endpoint that is not there, or is another tenant’s, which look the same', async () => {
    for (const endpointId of [newId('endpoint'), endpointIds[1], 'nonsense', newId('event'), ''])
      expect(await endOf({ endpointId })).toMatchObject(NO_ENDPOINT);
    expect(await endOf({ endpointId: newId('endpoint') }, OPERATOR_KEY)).toMatchObject(NO_ENDPOINT);
  });

  it('of what is no id of an event', async () => {
    expect(await endOf({ eventId: newId('endpoint') })).toMatchObject([
      { message: 'There is no event with this id.', extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  it('of types that no event has, a pattern above all', async () => {
    for (const type of ['order.*', '', 'an order', '日本'])
      expect(await endOf({ types: ['order.placed', type] })).toMatchObject([
        {
          message: expect.stringContaining('by its exact name, such as order.placed.') as string,
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ]);
  });

  it('of a time that ends before it begins', async () => {
    expect(await endOf({ since: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' })).toMatchObject([
      { message: '`until` must be later than `since`.', extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});

describe('who watches deliveries that there may be some of goes on watching', () => {
  it('of an endpoint, by its tenant and by an operator', async () => {
    await staysOpen({ endpointId: endpointIds[0], types: ['order.placed'] });
    await staysOpen({ endpointId: endpointIds[1] }, OPERATOR_KEY);
  });

  it('of an endpoint that was deleted: what became of its deliveries is in the log', async () => {
    const id = await endpointOf(acme);
    await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });
    await staysOpen({ endpointId: id });
  });

  it('of an event that is not on record yet', async () => {
    await staysOpen({ eventId: newId('event') });
  });
});
