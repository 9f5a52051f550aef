import { newId } from '../../../src/domain/ids';
import type { EventHead } from '../../../src/domain/settings';
import { makeFeed } from '../../../src/watch/feed';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import { byKey } from '../../support/delivery-updates';
import { gather, type Gathered } from '../../support/gather';
import { waitUntil } from '../../support/wait-until';

/** One more than waits for a reader. */
const TOO_MANY = 5001;
interface Seen {
  eventReceived: { type: string };
}

const feed = makeFeed<EventHead>(() => undefined);
let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer({ watchEvents: ({ signal }) => feed.watch(() => true, signal) });
  acme = await makeTenant(server, 'acme');
});
afterEach(() => waitUntil(() => feed.watchers() === 0));
afterAll(() => server.close());

const events = (type: string, count = 1): EventHead[] =>
  Array.from({ length: count }, () => ({
    ...{ id: newId('event'), tenantId: acme.id, type, version: 1 },
    ...{ occurredAt: new Date(), receivedAt: new Date() },
  }));

async function watching(watchers: number): Promise<Gathered<Seen>> {
  const stream = gather<Seen>(server.url, byKey(acme.key), 'subscription { eventReceived { type } }');
  await waitUntil(() => feed.watchers() === watchers);
  return stream;
}
const typesOf = ({ seen }: Gathered<Seen>): string[] => seen.map(({ eventReceived }) => eventReceived.type);

it('ends with RATE_LIMITED, and what to do, for who lets too many events wait; then it may watch again', async () => {
  const slow = await watching(1);
  feed.push(events('first'));
  await waitUntil(() => slow.seen.length === 1);
  feed.push(events('flood', TOO_MANY));
  await waitUntil(() => slow.ended() !== undefined);
  expect(slow.ended()).toEqual([
    expect.objectContaining({
      message: 'More events came than wait for one reader. Read `events`, then watch again.',
      extensions: { code: 'RATE_LIMITED' },
    }),
  ]);
  expect(typesOf(slow)).toEqual(['first']);
  await waitUntil(() => feed.watchers() === 0);

  const again = await watching(1);
  feed.push(events('next'));
  await waitUntil(() => again.seen.length === 1);
  expect(typesOf(again)).toEqual(['next']);
  await Promise.all([slow.close(), again.close()]);
});

it('goes on for who reads, however many come in all', async () => {
  const quick = await watching(1);
  for (let sent = 0; sent < TOO_MANY; sent += 1000) {
    feed.push(events('many', 1000));
    await waitUntil(() => quick.seen.length === sent + 1000);
  }
  expect(quick.ended()).toBeUndefined();
  await quick.close();
});
