import { countById, startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import type { WarrenProcess } from '../support/warren-process';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
/** A process of its own: Node's errors are not jest's, and some code asks whether they are errors. */
let child: WarrenProcess;

beforeAll(async () => {
  warren = await deployWarren();
  child = await warren.spawn();
  receiver = await startReceiver();
  receiver.answer(() => ({ delayMs: 5 }));
  acme = await warren.tenant('acme', `${child.url}/graphql`);
  await acme.endpoint({ url: receiver.url('/all'), eventTypes: ['#'] });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

interface Load {
  /** Ids of events that the API has accepted. */
  accepted: string[];
  /** What it said instead. */
  refusals: string[];
  /** message_ids that the broker has confirmed to a producer of its own. */
  confirmed: string[];
  stop(): Promise<void>;
}

const PUBLISH =
  'mutation ($input: EventPublishInput!) { eventPublish(input: $input) { eventId userErrors { code } } }';

/** One publisher through the API and one over AMQP, each with one event under way at a time. */
function load(type: string): Load {
  const ending = new AbortController();
  const accepted: string[] = [];
  const refusals: string[] = [];
  const confirmed: string[] = [];
  const api = (async () => {
    for (let n = 0; !ending.signal.aborted; n++) {
      const { data, errors } = await acme.client.send<{ eventPublish: { eventId: string } | null }>(PUBLISH, {
        input: { type: `${type}.api`, data: n },
      });
      if (data?.eventPublish) accepted.push(data.eventPublish.eventId);
      else refusals.push(errors?.[0]?.extensions?.code ?? JSON.stringify(errors));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const amqp = (async () => {
    for (let n = 0; !ending.signal.aborted; n++) {
      const key = `${type}-${n}`;
      await warren.publish('acme', `${type}.amqp`, key, key);
      confirmed.push(key);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  return {
    ...{ accepted, refusals, confirmed },
    async stop() {
      ending.abort();
      await Promise.all([api, amqp]);
    },
  };
}

const arrived = (): number => receiver.arrivals.length;

/** Nothing lost; no more repeats than were under way at the outages. */
async function expectAll(
  type: string,
  { accepted, confirmed, refusals }: Load,
  maxRepeats: number,
): Promise<void> {
  const ofType = (kind: string) =>
    receiver.arrivals.filter(({ headers }) => headers['warren-event-type'] === `${type}.${kind}`);
  const missing = (): string[] => {
    const events = new Set(ofType('api').map(({ headers }) => String(headers['warren-event-id'])));
    const keys = new Set(
      ofType('amqp').map(({ body }) => (JSON.parse(body.toString()) as { data: string }).data),
    );
    return [...accepted.filter((id) => !events.has(id)), ...confirmed.filter((key) => !keys.has(key))];
  };
  await waitUntil(() => missing().length === 0, 20_000).catch(() => expect(missing()).toEqual([]));
  const all = [...ofType('api'), ...ofType('amqp')];
  expect(all.length - countById(all).size).toBeLessThanOrEqual(maxRepeats);
  expect(new Set(refusals)).toEqual(new Set(refusals.length > 0 ? ['SERVICE_UNAVAILABLE'] : []));
  await waitUntil(async () => {
    const [row] = await warren.sql<{ count: string }>(
      'select count(*) as count from deliveries where delivered_at is null',
    );
    return Number(row?.count) === 0;
  }, 20_000);
}

/** Status and reasons of /readyz; fails when there is no answer in time. */
async function readiness(timeoutMs = 3000): Promise<{ status: number; text: string }> {
  const response = await fetch(`${child.url}/readyz`, { signal: AbortSignal.timeout(timeoutMs) });
  return { status: response.status, text: await response.text() };
}
const isReady = async (): Promise<boolean> => (await readiness()).status === 200;

/** Some more have arrived than now: the pipeline flows. */
async function flows(): Promise<void> {
  const before = arrived();
  await waitUntil(() => arrived() > before + 20, 20_000);
}

it('loses nothing when the connections to the broker are cut again and again', async () => {
  const running = load('broker-cut');
  for (let cut = 0; cut < 3; cut++) {
    await flows();
    warren.brokerWire.cut();
  }
  await flows();
  await running.stop();
  await expectAll('broker-cut', running, 3 * 50);
  await waitUntil(isReady);
}, 90_000);

it('loses nothing when the connections to the database are cut again and again', async () => {
  const running = load('database-cut');
  for (let cut = 0; cut < 3; cut++) {
    await flows();
    warren.databaseWire.cut();
  }
  await flows();
  await running.stop();
  await expectAll('database-cut', running, 3 * 50);
  await waitUntil(isReady);
}, 90_000);

it('says so while the broker is away, refuses events through the API, and goes on by itself', async () => {
  const running = load('broker-away');
  await flows();
  warren.brokerWire.forbid();
  await waitUntil(async () => (await readiness()).status === 503);
  expect((await readiness()).text).toContain('broker');
  expect((await fetch(`${child.url}/healthz`)).status).toBe(200);
  await waitUntil(() => running.refusals.includes('SERVICE_UNAVAILABLE'));
  warren.brokerWire.allow();
  await waitUntil(isReady, 20_000);
  await flows();
  await running.stop();
  await expectAll('broker-away', running, 50);
}, 90_000);

it('says so while the database is away, and goes on by itself', async () => {
  const running = load('database-away');
  await flows();
  warren.databaseWire.forbid();
  await waitUntil(async () => (await readiness()).status === 503);
  expect((await readiness()).text).toContain('database');
  await waitUntil(() => running.refusals.includes('SERVICE_UNAVAILABLE'));
  warren.databaseWire.allow();
  await waitUntil(isReady, 20_000);
  await flows();
  await running.stop();
  await expectAll('database-away', running, 50);
}, 90_000);

it('waits out a broker that hangs for three seconds', async () => {
  const running = load('broker-hangs');
  await flows();
  const pausedAtMs = Date.now();
  warren.brokerWire.pause();
  await waitUntil(() => Date.now() - pausedAtMs > 3000);
  warren.brokerWire.resume();
  await flows();
  await running.stop();
  await expectAll('broker-hangs', running, 0);
}, 90_000);

it('waits out a database that hangs for three seconds, and says meanwhile that it is not ready', async () => {
  const running = load('database-hangs');
  await flows();
  const pausedAtMs = Date.now();
  warren.databaseWire.pause();
  const meanwhile = await readiness().catch((error: unknown) => ({ status: 0, text: String(error) }));
  await waitUntil(() => Date.now() - pausedAtMs > 3000);
  warren.databaseWire.resume();
  await flows();
  await running.stop();
  await expectAll('database-hangs', running, 0);
  expect(meanwhile).toEqual({ status: 503, text: expect.stringContaining('database') as string });
}, 90_000);

it('has gone through all of it without a complaint of the runtime', () => {
  expect(child.complaints).toEqual([]);
});
