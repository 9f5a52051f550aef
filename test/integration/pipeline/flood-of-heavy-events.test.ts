import { WILDCARDS, texts } from '../../support/bombs';
import { saveEventType } from '../../support/event-types';
import { makeGraphqlClient } from '../../support/graphql-client';
import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let started: Started;
let flooder: TenantUnderTest;
let other: TenantUnderTest;

/** More than the router holds at a time. */
const EVENTS = 260;
const ROOM = 200;
const heavy = (n: number, last: string) => ({ n, l: [...texts(150).data.l, last] });
/** Each fiftieth matches. */
const dataOf = (n: number) => heavy(n, n % 50 === 0 ? 'a1bc' : 'no');
const WANTED = [0, 50, 100, 150, 200, 250];

beforeAll(async () => {
  warren = await deployWarren({ WARREN_WINDOW: String(ROOM) });
  started = await warren.start();
  receiver = await startReceiver();
  flooder = await warren.tenant('flooder', started.graphqlUrl);
  other = await warren.tenant('other', started.graphqlUrl);
  await other.endpoint({ url: receiver.url('/other'), eventTypes: ['fine'] });
  await flooder.endpoint({ url: receiver.url('/all'), eventTypes: ['heavy'] });
  for (const [path, ordered] of [
    ['/any-order', false],
    ['/in-order', true],
  ] as const) {
    const { id } = await flooder.endpoint({ url: receiver.url(path), ordered });
    await flooder.client.ask(
      'mutation ($input: WebhookSubscriptionInput!) { webhookSubscriptionCreate(input: $input) { userErrors { message } } }',
      { input: { endpointId: id, eventTypes: ['heavy'], filter: WILDCARDS } },
    );
  }
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const seenAt = (path: string): number[] =>
  receiver.at(path).map(({ body }) => (JSON.parse(body.toString()) as { data: { n: number } }).data.n);

it('fills no room that another tenant needs: its filters are asked later, exactly and in order', async () => {
  await other.publish({ type: 'fine' });
  await waitUntil(() => receiver.at('/other').length === 1, 30_000);
  const flood = Array.from({ length: EVENTS }, (_, n) => n);
  await Promise.all(flood.map((n) => warren.publish('flooder', 'heavy', dataOf(n), `heavy-${n}`)));
  await warren.publish('other', 'fine', {});
  await waitUntil(() => receiver.at('/other').length === 2, 60_000);

  // What comes behind more than the router has room for has passed while most of the flood's filters are not yet asked.
  const undecided = await flooder.deliveries({ status: 'HELD' });
  expect(undecided.filter(({ heldBecause }) => heldBecause === 'FILTER').length).toBeGreaterThan(ROOM / 2);
  expect(await (await fetch(`${started.app.url}/metrics`)).text()).toMatch(
    /^warren_tenants_set_aside_total [1-9]/m,
  );

  await waitUntil(() => receiver.at('/all').length === EVENTS, 60_000);
  await waitUntil(async () => (await flooder.deliveries({ status: 'HELD' })).length === 0, 180_000);
  await waitUntil(
    () => seenAt('/any-order').length + seenAt('/in-order').length >= 2 * WANTED.length,
    30_000,
  );
  expect(seenAt('/any-order').sort((a, b) => a - b)).toEqual(WANTED);
  expect(seenAt('/in-order')).toEqual(WANTED);
  const [cancelled] = await flooder.deliveries({ status: 'CANCELLED' });
  expect(cancelled?.lastError).toBe('FILTERED_OUT');
}, 300_000);

it('keeps what is scheduled until its time, and what is not wanted any more from being sent', async () => {
  const flood = Array.from({ length: 60 }, (_, n) => 1000 + n);
  await Promise.all(flood.map((n) => warren.publish('flooder', 'heavy', heavy(n, 'no'), `more-${n}`)));
  const deliverAt = new Date(Date.now() + 20_000);
  const input = { type: 'heavy', data: heavy(2000, 'a1bc'), deliverAt: deliverAt.toISOString() };
  const { eventId } = await flooder.publish(input);
  const heldBecause = async (): Promise<(string | null)[]> =>
    (await flooder.deliveries({ eventId })).map((delivery) => delivery.heldBecause);
  await waitUntil(async () => (await heldBecause()).includes('FILTER'));
  await waitUntil(
    async () => (await heldBecause()).filter((why) => why === 'SCHEDULED').length === 3,
    19_000,
  );
  expect(seenAt('/any-order')).not.toContain(2000);
  await waitUntil(() => seenAt('/any-order').includes(2000) && seenAt('/in-order').includes(2000), 120_000);
  expect(Date.now()).toBeGreaterThanOrEqual(deliverAt.getTime());
  await waitUntil(async () => (await flooder.deliveries({ status: 'HELD' })).length === 0, 180_000);
  expect(seenAt('/any-order').filter((n) => n >= 1000)).toEqual([2000]);
  expect(seenAt('/in-order')).toEqual([...WANTED, 2000]);
}, 300_000);

it('checks later, too, what takes long to check against its schema: what does not fit is not sent', async () => {
  const operator = makeGraphqlClient(started.graphqlUrl, warren.operatorKey, { 'warren-tenant': 'flooder' });
  const schema = { properties: { l: { items: { oneOf: [{ minLength: 1 }, { const: 7 }] } } } };
  await saveEventType(operator, { name: 'checked', version: 1, schema });
  await flooder.endpoint({ url: receiver.url('/checked'), eventTypes: ['checked'] });
  const flood = Array.from({ length: 60 }, (_, n) => n);
  const dataOf = (n: number) => ({ n, l: [...texts(4000).data.l, n % 5 === 0 ? '' : 'fits'] });
  await Promise.all(flood.map((n) => warren.publish('flooder', 'checked', dataOf(n), `checked-${n}`)));
  const good = flood.filter((n) => n % 5 !== 0);
  await waitUntil(() => seenAt('/checked').length >= good.length, 60_000);
  await waitUntil(async () => (await flooder.deliveries({ status: 'HELD' })).length === 0, 60_000);
  expect(seenAt('/checked').sort((a, b) => a - b)).toEqual(good);
  const late = (await flooder.deliveries({ types: ['checked'], status: 'CANCELLED' })).map(
    ({ lastError }) => lastError,
  );
  expect(late.length).toBeGreaterThan(0);
  expect(new Set(late)).toEqual(new Set(['SCHEMA_MISMATCH']));
}, 150_000);
