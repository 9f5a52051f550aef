import {
  makeDestinationsByTenant,
  type DestinationsByTenant,
  type TenantReach,
} from '../../../src/destinations/destinations-by-tenant';
import type { Credentials } from '../../../src/domain/request/credentials';
import { makeDestinationRequest } from '../../support/destination-request';
import {
  behaviours,
  startHostileReceiver,
  type HostileReceiver,
} from '../../support/outsiders/hostile-receiver';
import { waitUntil } from '../../support/wait-until';

const OPENED: TenantReach = { tenantId: 'ten_opened', allowedNetworks: ['127.0.0.0/8', 'fd00:1::/32'] };
const OTHER: TenantReach = { tenantId: 'ten_other', allowedNetworks: [] };
const ELSEWHERE: TenantReach = { tenantId: 'ten_elsewhere', allowedNetworks: ['10.0.0.0/8'] };

/** A listener on this machine that counts who connects. */
let canary: HostileReceiver;
let destinations: DestinationsByTenant;
beforeEach(async () => {
  canary = await startHostileReceiver(behaviours.answer(200));
  destinations = makeDestinationsByTenant({ allowedNetworks: [], userAgent: 'Warren/test' });
});
afterEach(async () => {
  await destinations.close().catch(() => undefined);
  await canary.close();
});

const send = (reach: TenantReach, credentials: Credentials | null = null) =>
  destinations.send(reach, makeDestinationRequest(`${canary.origin}/in`, { credentials }));
const BLOCKED = { error: 'BLOCKED_ADDRESS' };

it('opens a network to its tenant, and to nobody else with the same URL, open connections included', async () => {
  expect(await send(OTHER)).toMatchObject(BLOCKED);
  expect(await send(ELSEWHERE)).toMatchObject(BLOCKED);
  expect(canary.connections()).toBe(0);
  expect(await send(OPENED)).toMatchObject({ response: { status: 200 } });
  expect(canary.connections()).toBe(1);
  expect(await send(OTHER)).toMatchObject(BLOCKED);
  expect(await send(ELSEWHERE)).toMatchObject(BLOCKED);
  expect([canary.connections(), canary.requests.length]).toEqual([1, 1]);
});

it('closes a network that is taken from the list at once, and what was connected to it', async () => {
  expect(await send(OPENED)).toMatchObject({ response: { status: 200 } });
  expect(canary.openConnections()).toBe(1);
  expect(await send({ ...OPENED, allowedNetworks: ['fd00:1::/32'] })).toMatchObject(BLOCKED);
  await waitUntil(() => canary.openConnections() === 0);
  expect(await send({ ...OPENED, allowedNetworks: [] })).toMatchObject(BLOCKED);
  expect(canary.requests).toHaveLength(1);
});

it('lets what is under way when a list changes go on to its end', async () => {
  const slow = await startHostileReceiver((socket) =>
    setTimeout(() => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), 100),
  );
  const underWay = destinations.send(OPENED, makeDestinationRequest(slow.origin));
  await waitUntil(() => slow.requests.length === 1);
  expect(await send({ ...OPENED, allowedNetworks: [] })).toMatchObject(BLOCKED);
  expect(await underWay).toMatchObject({ response: { status: 200 } });
  await slow.close();
});

const DIALLED = [
  ...['http://127.0.0.1/in', 'https://[fd00:1::5]/in', 'amqp://127.0.0.1/%2F/orders'],
  ...['nats://127.0.0.1/orders', 'kafka://127.0.0.1/orders', 'posthog+http://127.0.0.1/'],
  ...['sqs+http://127.0.0.1/000000000000/orders?region=eu-west-1', 'nats+tls://[fd00:1::5]/orders'],
  'pubsub+http://127.0.0.1/projects/acme-shop/topics/orders',
];
it.each(DIALLED)('judges %s by the list of whose it is', async (url) => {
  expect(await destinations.checkUrl(OPENED, url)).toMatchObject({ ok: true });
  for (const reach of [OTHER, ELSEWHERE]) {
    expect(await destinations.checkUrl(reach, url)).toMatchObject({ ok: false, code: 'BLOCKED_ADDRESS' });
    const answer = await destinations.send(reach, makeDestinationRequest(url));
    expect(answer).toMatchObject(BLOCKED);
  }
});

it('judges the URL of a token likewise, when it is saved and when it is asked', async () => {
  const credentials = {
    ...{ type: 'oauth2', clientId: 'a', clientSecret: 'b' },
    tokenUrl: `${canary.origin}/token`,
  };
  const url = 'https://hooks.example.com/in';
  expect(await destinations.checkCredentials(OPENED, url, credentials)).toMatchObject({ ok: true });
  expect(await destinations.checkCredentials(OTHER, url, credentials)).toMatchObject({
    ok: false,
    problems: [{ code: 'BLOCKED_ADDRESS', field: ['tokenUrl'] }],
  });
  const asked = await destinations.send(OTHER, makeDestinationRequest(url, { credentials }));
  expect(asked.error).toBeDefined();
  expect(canary.connections()).toBe(0);
  await destinations.send(OPENED, makeDestinationRequest(url, { credentials, timeoutMs: 1000 }));
  expect(canary.requests[0]?.path).toBe('/token');
});

it('reaches nobody any more once it is closed', async () => {
  await send(OPENED);
  await destinations.close();
  await expect(send(OPENED)).rejects.toThrow();
  expect(canary.requests).toHaveLength(1);
});
