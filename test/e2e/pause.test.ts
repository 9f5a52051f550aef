import { Webhook } from 'standardwebhooks';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest, UserError } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,2' });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const ENDPOINT = 'endpoint { id status disabledReason health { circuit heldCount oldestHeldAt } }';
const ERRORS = 'userErrors { field code message }';
interface Answer {
  endpoint: {
    id: string;
    status: string;
    disabledReason: string | null;
    health: { circuit: string; heldCount: number; oldestHeldAt: string | null };
  } | null;
  userErrors: UserError[];
}

async function pause(id: string): Promise<Answer> {
  const { endpointPause } = await acme.client.ask<{ endpointPause: Answer }>(
    `mutation ($id: ID!) { endpointPause(id: $id) { ${ENDPOINT} ${ERRORS} } }`,
    { id },
  );
  return endpointPause;
}

async function resume(input: Record<string, unknown>): Promise<Answer> {
  const { endpointResume } = await acme.client.ask<{ endpointResume: Answer }>(
    `mutation ($input: EndpointResumeInput!) { endpointResume(input: $input) { ${ENDPOINT} ${ERRORS} } }`,
    { input },
  );
  return endpointResume;
}

async function health(id: string): Promise<{ status: string; heldCount: number }> {
  const { endpoint } = await acme.client.ask<{
    endpoint: { status: string; health: { heldCount: number } };
  }>('query ($id: ID!) { endpoint(id: $id) { status health { heldCount } } }', { id });
  return { status: endpoint.status, heldCount: endpoint.health.heldCount };
}

const statusesOf = async (type: string): Promise<string[]> =>
  (await acme.deliveries({ types: [type] })).map(({ status }) => status);

const sent = (path: string): unknown[] =>
  receiver.at(path).map(({ body }) => (JSON.parse(body.toString()) as { data: { n: number } }).data.n);

it('holds what comes for a paused endpoint, says why, and delivers all of it after the resume, oldest first', async () => {
  const { id } = await acme.endpoint({ url: receiver.url('/all'), eventTypes: ['all'] });
  expect(await pause(id)).toMatchObject({ endpoint: { status: 'PAUSED' }, userErrors: [] });
  for (let n = 0; n < 20; n++) await acme.publish({ type: 'all', data: { n } });
  await waitUntil(async () => (await statusesOf('all')).length === 20);
  expect(await acme.deliveries({ types: ['all'] })).toEqual(
    Array.from(
      { length: 20 },
      () => expect.objectContaining({ status: 'HELD', heldBecause: 'PAUSED' }) as unknown,
    ),
  );
  expect(await health(id)).toEqual({ status: 'PAUSED', heldCount: 20 });
  expect(receiver.at('/all')).toEqual([]);

  expect(await resume({ id })).toMatchObject({ endpoint: { status: 'ACTIVE' }, userErrors: [] });
  await waitUntil(async () => (await statusesOf('all')).every((status) => status === 'DELIVERED'));
  expect(sent('/all')).toHaveLength(20);
  // Several are under way at once, so neighbours may change places, on a busy machine by more than one. Without any order
  // it would be a third of all.
  const moved = sent('/all').map((n, at) => Math.abs(Number(n) - at));
  expect(moved.reduce((sum, places) => sum + places, 0) / moved.length).toBeLessThan(4);
  expect((await health(id)).heldCount).toBe(0);
});

it('drops on resume what is older than wished, CANCELLED with the reason, and delivers the rest', async () => {
  const { id } = await acme.endpoint({ url: receiver.url('/old'), eventTypes: ['old'] });
  await pause(id);
  for (let n = 0; n < 3; n++) await acme.publish({ type: 'old', data: { n } });
  await waitUntil(async () => (await statusesOf('old')).length === 3);
  await waitUntil(() => new Date().getMilliseconds() > 0);
  const dropOlderThan = new Date().toISOString();
  for (let n = 3; n < 6; n++) await acme.publish({ type: 'old', data: { n } });
  await waitUntil(async () => (await statusesOf('old')).length === 6);

  await resume({ id, dropOlderThan });
  await waitUntil(() => receiver.at('/old').length === 3);
  expect(sent('/old').sort()).toEqual([3, 4, 5]);
  const dropped = await acme.deliveries({ types: ['old'], status: ['CANCELLED'] });
  expect(dropped.map(({ lastError, heldBecause }) => ({ lastError, heldBecause }))).toEqual(
    Array.from({ length: 3 }, () => ({ lastError: 'DROPPED_OLD', heldBecause: null })),
  );
});

it('delivers on resume only the newest of each ordering key when asked, and all that has no key', async () => {
  const { id } = await acme.endpoint({ url: receiver.url('/newest'), eventTypes: ['newest'] });
  await pause(id);
  for (let n = 0; n < 6; n++) {
    await acme.publish({ type: 'newest', data: { n }, orderingKey: `key-${n % 2}` });
  }
  for (let n = 6; n < 8; n++) await acme.publish({ type: 'newest', data: { n } });
  await waitUntil(async () => (await statusesOf('newest')).length === 8);

  await resume({ id, newestPerOrderingKey: true });
  // Longer than a walk after strays: a worker that had not heard of the resume may hold one again.
  await waitUntil(() => receiver.at('/newest').length >= 4, 15_000);
  expect(sent('/newest').sort()).toEqual([4, 5, 6, 7]);
  const dropped = await acme.deliveries({ types: ['newest'], status: ['CANCELLED'] });
  expect(dropped.map(({ lastError }) => lastError)).toEqual(Array<string>(4).fill('DROPPED_SUPERSEDED'));
});

it('keeps what is under way, and drops the rest, when a resume with a wish comes in the middle of the releases', async () => {
  let finish: (value?: unknown) => void = () => undefined;
  const finished = new Promise((resolve) => (finish = resolve));
  receiver.answer(({ path }) => (path === '/again' ? { after: finished } : {}));
  const { id } = await acme.endpoint({ url: receiver.url('/again'), eventTypes: ['again'], maxInFlight: 2 });
  await pause(id);
  for (let n = 0; n < 12; n++) await acme.publish({ type: 'again', data: { n } });
  await waitUntil(async () => (await statusesOf('again')).length === 12);
  await resume({ id });
  await waitUntil(() => receiver.at('/again').length === 2, 15_000);
  await resume({ id, dropOlderThan: new Date(Date.now() + 1000).toISOString() });
  const counts = async (): Promise<string> => (await statusesOf('again')).sort().join();
  await waitUntil(async () => (await counts()) === 'CANCELLED,'.repeat(10) + 'PENDING,PENDING', 15_000);
  finish();
  await waitUntil(async () => (await counts()) === 'CANCELLED,'.repeat(10) + 'DELIVERED,DELIVERED', 15_000);
  expect(sent('/again')).toHaveLength(2);
});

it('sends everything once when it is paused and resumed again and again in the middle of the releases', async () => {
  receiver.answer(({ path }) => (path === '/restless' ? { delayMs: 5 } : {}));
  const { id } = await acme.endpoint({ url: receiver.url('/restless'), eventTypes: ['restless'] });
  await pause(id);
  await Promise.all(Array.from({ length: 100 }, (_, n) => acme.publish({ type: 'restless', data: { n } })));
  await waitUntil(async () => (await health(id)).heldCount === 100, 15_000);
  await resume({ id });
  for (const arrived of [5, 20, 45]) {
    await waitUntil(() => receiver.at('/restless').length >= arrived, 15_000);
    await resume({ id });
    await pause(id);
    await resume({ id });
  }
  await waitUntil(async () => (await health(id)).heldCount === 0, 15_000);
  await waitUntil(() => receiver.at('/restless').length >= 100, 15_000);
  expect(sent('/restless').sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 100 }, (_, n) => n),
  );
});

it('holds what comes behind the backlog until the endpoint has shown what it can take, and no longer', async () => {
  const signal = (): { given: Promise<void>; give: () => void } => {
    let give: () => void = () => undefined;
    const given = new Promise<void>((resolve) => (give = resolve));
    return { given, give };
  };
  const [begin, finish] = [signal(), signal()];
  const isBacklog = (body: Buffer): boolean => !body.toString().includes('"n":-1');
  // A hundred good answers are more than it has to show.
  receiver.answer(({ path, body }) =>
    path === '/passed' && isBacklog(body)
      ? { after: receiver.at('/passed').length > 100 ? finish.given : begin.given }
      : {},
  );
  const { id } = await acme.endpoint({ url: receiver.url('/passed'), eventTypes: ['passed'] });
  await pause(id);
  await Promise.all(Array.from({ length: 400 }, (_, n) => acme.publish({ type: 'passed', data: { n } })));
  await waitUntil(async () => (await health(id)).heldCount === 400, 15_000);
  await resume({ id });
  await waitUntil(() => receiver.at('/passed').length > 0, 15_000);
  await acme.publish({ type: 'passed', data: { n: -1 } });
  await waitUntil(async () =>
    (await acme.deliveries({ types: ['passed'], status: ['HELD'] })).some(
      ({ heldBecause }) => heldBecause === 'OVERFLOW',
    ),
  );

  begin.give();
  await waitUntil(() => receiver.at('/passed').length > 101, 15_000);
  await acme.publish({ type: 'passed', data: { n: -1 } });
  await waitUntil(() => sent('/passed').includes(-1), 15_000);
  expect((await health(id)).heldCount).toBeGreaterThan(0);
  finish.give();
  await waitUntil(async () => (await health(id)).heldCount === 0, 15_000);
  await waitUntil(() => sent('/passed').filter((n) => n === -1).length === 2, 15_000);
}, 60_000);

it('enables an endpoint that a 410 disabled, and delivers what was held meanwhile', async () => {
  let gone = true;
  receiver.answer(({ path }) => (path === '/gone' && gone ? { status: 410 } : {}));
  const { id } = await acme.endpoint({ url: receiver.url('/gone'), eventTypes: ['gone'] });
  await acme.publish({ type: 'gone', data: { n: 0 } });
  await waitUntil(async () => (await health(id)).status === 'DISABLED');
  expect(await pause(id)).toMatchObject({ endpoint: null, userErrors: [{ code: 'CONFLICT' }] });
  await acme.publish({ type: 'gone', data: { n: 1 } });
  await waitUntil(async () => (await health(id)).heldCount === 1);

  gone = false;
  expect(await resume({ id })).toMatchObject({ endpoint: { status: 'ACTIVE', disabledReason: null } });
  await waitUntil(async () => (await statusesOf('gone')).sort().join() === 'DEAD_LETTERED,DELIVERED');
});

it('holds the next while the attempt that was under way at the pause is recorded', async () => {
  let finish: (value?: unknown) => void = () => undefined;
  const finished = new Promise((resolve) => (finish = resolve));
  receiver.answer(({ path }) => (path === '/during' ? { after: finished } : {}));
  const { id } = await acme.endpoint({ url: receiver.url('/during'), eventTypes: ['during'] });
  await acme.publish({ type: 'during', data: { n: 0 } });
  await waitUntil(() => receiver.at('/during').length === 1);
  await pause(id);
  await acme.publish({ type: 'during', data: { n: 1 } });
  await waitUntil(async () => (await health(id)).heldCount === 1);
  finish();
  await waitUntil(async () => (await statusesOf('during')).sort().join() === 'DELIVERED,HELD');
  expect(receiver.at('/during')).toHaveLength(1);
});

it('keeps a paused endpoint’s delivery when somebody retries it by hand, and sends it after the resume', async () => {
  receiver.answer(() => ({}));
  const { id } = await acme.endpoint({ url: receiver.url('/hand'), eventTypes: ['hand'] });
  await pause(id);
  await acme.publish({ type: 'hand', data: { n: 0 } });
  await waitUntil(async () => (await statusesOf('hand')).join() === 'HELD');
  const [held] = await acme.deliveries({ types: ['hand'] });
  await acme.client.ask('mutation ($id: ID!) { deliveryRetry(id: $id) { delivery { id } } }', {
    id: held?.id,
  });
  await waitUntil(async () => (await statusesOf('hand')).join() === 'HELD');
  expect(receiver.at('/hand')).toEqual([]);
  await resume({ id });
  await waitUntil(async () => (await statusesOf('hand')).join() === 'DELIVERED');
  expect(receiver.at('/hand')).toHaveLength(1);
});

it('signs with the new secret what was held under the old one', async () => {
  const { id, secret } = await acme.endpoint({ url: receiver.url('/rotated'), eventTypes: ['rotated'] });
  await pause(id);
  await acme.publish({ type: 'rotated', data: { n: 0 } });
  await waitUntil(async () => (await statusesOf('rotated')).join() === 'HELD');
  await acme.client.ask(
    `mutation ($input: EndpointSecretRotateInput!) { endpointSecretRotate(input: $input) { ${ERRORS} } }`,
    { input: { id, overlapSeconds: 0 } },
  );
  await resume({ id });
  await waitUntil(() => receiver.at('/rotated').length === 1);
  const { endpoint } = await acme.client.ask<{ endpoint: { secret: string } }>(
    'query ($id: ID!) { endpoint(id: $id) { secret } }',
    { id },
  );
  expect(endpoint.secret).not.toBe(secret);
  const arrival = receiver.at('/rotated')[0];
  const verifies = (key: string): boolean => {
    try {
      new Webhook(key).verify(arrival?.body.toString() ?? '', arrival?.headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  };
  expect([verifies(secret), verifies(endpoint.secret)]).toEqual([false, true]);
});

it('cancels what is held when the endpoint is deleted, with the reason', async () => {
  const { id } = await acme.endpoint({ url: receiver.url('/deleted'), eventTypes: ['deleted'] });
  await pause(id);
  for (let n = 0; n < 5; n++) await acme.publish({ type: 'deleted', data: { n } });
  await waitUntil(async () => (await statusesOf('deleted')).length === 5);
  await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });
  await waitUntil(async () => (await statusesOf('deleted')).every((status) => status === 'CANCELLED'));
  const cancelled = await acme.deliveries({ types: ['deleted'] });
  expect(new Set(cancelled.map(({ lastError }) => lastError))).toEqual(new Set(['ENDPOINT_DELETED']));
  expect(receiver.at('/deleted')).toEqual([]);
});
