import { makeGraphqlClient } from '../support/graphql-client';
import {
  startHostileReceiver,
  behaviours,
  type HostileReceiver,
} from '../support/outsiders/hostile-receiver';
import type { TenantUnderTest, UserError } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let graphqlUrl: string;
let canary: HostileReceiver;
let acme: TenantUnderTest;
let globex: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_ALLOWED_NETWORKS: '' });
  ({ graphqlUrl } = await warren.start());
  canary = await startHostileReceiver(behaviours.answer(204));
  acme = await warren.tenant('acme', graphqlUrl);
  globex = await warren.tenant('globex', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await canary.close();
}, 60_000);

const openTo = (tenant: TenantUnderTest, allowedNetworks: string[]) =>
  makeGraphqlClient(graphqlUrl, warren.operatorKey).ask(
    `mutation ($input: TenantUpdateInput!) { tenantUpdate(input: $input) {
       tenant { allowedNetworks } userErrors { code message } } }`,
    { input: { id: tenant.id, allowedNetworks } },
  );

const endpointAt = async (tenant: TenantUnderTest, input: object) => {
  const { made } = await tenant.client.ask<{
    made: { endpoint: { id: string } | null; userErrors: UserError[] };
  }>(
    `mutation ($input: EndpointCreateInput!) { made: endpointCreate(input: $input) {
       endpoint { id } userErrors { field code message } } }`,
    { input: { eventTypes: ['#'], ...input } },
  );
  return made;
};

const testOf = async (tenant: TenantUnderTest, id: string) => {
  const { tested } = await tenant.client.ask<{
    tested: { attempt: { responseStatus: number } | null; userErrors: UserError[] };
  }>(
    `mutation ($id: ID!) { tested: endpointTest(input: { id: $id }) {
       attempt { responseStatus error } userErrors { field code message } } }`,
    { id },
  );
  return tested;
};

it('a network opened for one tenant carries its deliveries, and never the same URL of another', async () => {
  const url = `${canary.origin}/in`;
  const blocked = { userErrors: [{ code: 'BLOCKED_ADDRESS' }] };
  expect(await endpointAt(acme, { url })).toMatchObject(blocked);
  expect(await openTo(acme, ['127.0.0.0/8'])).toEqual({
    tenantUpdate: { tenant: { allowedNetworks: ['127.0.0.0/8'] }, userErrors: [] },
  });
  const own = await endpointAt(acme, { url });
  expect(own.userErrors).toEqual([]);
  expect(await endpointAt(globex, { url })).toMatchObject(blocked);
  const tokenUrl = `${canary.origin}/token`;
  const oauth2 = { type: 'oauth2', tokenUrl, clientId: 'a', clientSecret: 'b' };
  expect(await endpointAt(globex, { url: 'https://93.184.216.34/', credentials: oauth2 })).toMatchObject({
    userErrors: [{ code: 'BLOCKED_ADDRESS', field: ['credentials', 'tokenUrl'] }],
  });

  // An endpoint that was saved while the other's list was open is there when it is not any more.
  await openTo(globex, ['127.0.0.0/8']);
  const late = await endpointAt(globex, { url });
  expect(late.userErrors).toEqual([]);
  await openTo(globex, []);
  expect(await testOf(globex, late.endpoint?.id ?? '')).toMatchObject(blocked);
  expect(canary.connections()).toBe(0);

  expect(await testOf(acme, own.endpoint?.id ?? '')).toMatchObject({ attempt: { responseStatus: 204 } });
  await warren.publish('acme', 'order.placed', { n: 1 });
  await waitUntil(async () => (await acme.deliveries())[0]?.status === 'DELIVERED');
  const seen = [canary.connections(), canary.requests.length];
  await warren.publish('globex', 'order.placed', { n: 1 });
  await waitUntil(async () => (await globex.deliveries())[0]?.lastError === 'BLOCKED_ADDRESS');
  expect([canary.connections(), canary.requests.length]).toEqual(seen);
}, 60_000);
