import { readRoundCursor, roundCursor } from '../../src/api/cursor';
import { encodeId } from '../../src/domain/ids';
import { freePorts } from '../../src/provision/free-port';
import { watchDeliveries } from '../support/delivery-stream';
import { makeGraphqlClient } from '../support/graphql-client';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { keepWatching } from '../support/resuming-stream';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../support/warren-under-test';
import type { WarrenProcess } from '../support/warren-process';

let warren: WarrenUnderTest;
let receiver: Receiver;
/** Everything but the API that is watched, which comes and goes. */
let pipeline: Started;
let acme: TenantUnderTest;
let globex: TenantUnderTest;
let port: number;

beforeAll(async () => {
  warren = await deployWarren();
  pipeline = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', pipeline.graphqlUrl);
  globex = await warren.tenant('globex', pipeline.graphqlUrl);
  for (const tenant of [acme, globex]) await tenant.endpoint({ url: receiver.url('/in'), eventTypes: ['#'] });
  [port = 0] = await freePorts(1);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const spawnApi = (): Promise<WarrenProcess> =>
  warren.spawn({ WARREN_PORT: String(port), WARREN_ROLES: 'api' });
const apiUrl = (): string => `http://127.0.0.1:${port}/graphql`;

const unsettled = async (): Promise<number> => {
  const [row] = await warren.sql<{ n: string }>('select count(*) n from deliveries where status not in (?)', [
    [4, 5, 6],
  ]);
  return Number(row?.n);
};
/** All changes of all tenants, as `<tenant> <number>`, in the order of each tenant's log. */
async function changesBy(): Promise<string[]> {
  const rows = await warren.sql<{ tenant_id: Buffer; seq: string }>(
    'select tenant_id, seq from delivery_changes order by tenant_id, seq',
  );
  return rows.map(({ tenant_id, seq }) => `${encodeId('tenant', tenant_id)} ${seq}`);
}

it('has no gap and no repeat over all tenants, whichever process an operator comes back to', async () => {
  let api = await spawnApi();
  const operator = makeGraphqlClient(pipeline.graphqlUrl, warren.operatorKey);
  const { deliveryUpdatedCursor: after } = await operator.ask<{ deliveryUpdatedCursor: string }>(
    '{ deliveryUpdatedCursor }',
  );
  const from = await changesBy();
  const stream = keepWatching(apiUrl(), warren.operatorKey, after);
  const publish = (count: number) =>
    Promise.all(
      [acme, globex].flatMap((tenant) =>
        Array.from({ length: count }, () => tenant.publish({ type: 'of.both' })),
      ),
    );
  for (let kill = 0; kill < 2; kill++) {
    await publish(20);
    await waitUntil(() => stream.updates().length > kill * 80, 15_000);
    await api.signal('SIGKILL');
    await publish(10);
    api = await spawnApi();
  }
  await waitUntil(async () => (await unsettled()) === 0, 30_000);
  const expected = (await changesBy()).filter((change) => !from.includes(change));
  await waitUntil(() => stream.updates().length >= expected.length, 15_000);
  // In the order of each tenant's log; between two tenants there is no order to keep.
  const seen = stream.updates().map(({ cursor }) => Buffer.from(cursor, 'base64url').toString().split(':'));
  expect(stream.resumes()).toBeGreaterThan(1);
  for (const { id } of [acme, globex]) {
    const ofTenant = seen
      .filter(([, , , tenantId]) => tenantId === id)
      .map(([, , , , seq]) => `${id} ${seq}`);
    expect(ofTenant).toEqual(expected.filter((change) => change.startsWith(id)));
    expect(ofTenant.length).toBeGreaterThan(100);
  }
  // Another process reads on from the same cursors, in the same order.
  const middle = stream.updates()[50]?.cursor ?? '';
  const other = watchDeliveries(pipeline.graphqlUrl, warren.operatorKey, { after: middle });
  await waitUntil(() => other.updates.length >= expected.length - 51);
  expect(other.updates.map(({ cursor }) => cursor)).toEqual(
    stream
      .updates()
      .slice(51)
      .map(({ cursor }) => cursor),
  );
  await Promise.all([stream.close(), other.close()]);
  await api.signal('SIGKILL');
}, 90_000);

describe('a place of long ago', () => {
  const LONG_AGO = Date.now() - 25 * 3_600_000;
  const newest = async () => {
    const { deliveryUpdatedCursor } = await makeGraphqlClient(pipeline.graphqlUrl, warren.operatorKey).ask<{
      deliveryUpdatedCursor: string;
    }>('{ deliveryUpdatedCursor }');
    return readRoundCursor(deliveryUpdatedCursor);
  };

  it('is still one when nothing has come since, and is expired when something has', async () => {
    const { round } = await newest();
    const after = roundCursor({ round: { ...round, atMs: LONG_AGO } });
    const quiet = watchDeliveries(pipeline.graphqlUrl, warren.operatorKey, { after });
    await acme.publish({ type: 'after.a.quiet.night' });
    await waitUntil(() => quiet.ofType('after.a.quiet.night').length > 0);
    await quiet.close();
    await newest();
    const late = watchDeliveries(pipeline.graphqlUrl, warren.operatorKey, { after });
    await waitUntil(() => late.ended() !== undefined);
    expect(JSON.stringify(late.ended())).toContain('past retention');
    await late.close();
  });
});
