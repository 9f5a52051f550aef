import { followDeliveries, type DeliveryUpdate } from '../../../src/api/client/follow-deliveries';
import type { WatchRequest } from '../../../src/api/dependencies';
import { newId } from '../../../src/domain/ids';
import type { Round, RoundPlace } from '../../../src/domain/round-place';
import type { DeliveryChange } from '../../../src/messages/delivery-change';
import {
  OPERATOR_KEY,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { seedDelivery, type SeededDelivery } from '../../support/seed/seed-deliveries';
import { startTcpProxy, type TcpProxy } from '../../support/outsiders/tcp-proxy';
import { waitUntil } from '../../support/wait-until';

let server: ApiServer;
let wire: TcpProxy;
let acme: TestTenant;
let seeded: SeededDelivery;
/** The last number of the tenant's log. */
let lastSeq = 0;
let watches: WatchRequest[] = [];
/** Of all tenants: the newest round, and from where they were watched. */
const ROUND = { number: 3, atMs: 1000 };
const places: (RoundPlace | undefined)[] = [];
/** What a stream gives once it is open. */
let changes: number[] = [];
let stop: AbortController;

beforeAll(async () => {
  server = await startApiServer({
    lastSeq: () => Promise.resolve(lastSeq),
    allTenants: {
      watch({ after, signal }) {
        places.push(after);
        return told(signal, ROUND);
      },
      newest: () => Promise.resolve({ round: ROUND }),
      placeOf: () => Promise.resolve('there'),
    },
    watchDeliveries(request) {
      watches.push(request);
      return told(request.signal);
    },
  });
  wire = await startTcpProxy('127.0.0.1', Number(new URL(server.url).port));
  acme = await makeTenant(server, 'acme');
  const made = await acme.client.ask<{
    endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
  }>(
    'mutation { endpointCreate(input: { url: "https://a.example", eventTypes: ["#"] }) { endpoint { id subscriptions { id } } } }',
  );
  const { id: endpointId, subscriptions } = made.endpointCreate.endpoint;
  seeded = await seedDelivery(server.database, {
    tenantId: acme.id,
    endpointId,
    subscriptionId: subscriptions[0]?.id ?? '',
  });
});
beforeEach(() => {
  watches = [];
  stop = new AbortController();
});
afterAll(async () => {
  await wire.close();
  await server.close();
});

const change = (seq: number): DeliveryChange => ({
  ...{ tenantId: acme.id, tenantSlug: 'acme', seq, deliveryId: seeded.deliveryId, eventId: seeded.eventId },
  ...{ eventType: 'order.placed', endpointId: newId('endpoint'), status: 'DELIVERED', attempt: 1, atMs: 0 },
});

async function* told(signal: AbortSignal, round?: Round) {
  if (changes.length > 0)
    yield changes.splice(0).map((seq) => ({ ...change(seq), ...(round === undefined ? {} : { round }) }));
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

function follow(apiKey: string) {
  const seen: DeliveryUpdate[] = [];
  const ended = followDeliveries({
    ...{ graphqlUrl: `http://127.0.0.1:${wire.port}/graphql`, apiKey, signal: stop.signal },
    onUpdate: (update) => void seen.push(update),
    onLost: () => undefined,
  });
  return { seen, ended };
}

describe('following deliveries', () => {
  it('goes on from where the log was at first, when the connection is lost before anything came', async () => {
    lastSeq = 7;
    const { ended } = follow(acme.key);
    await waitUntil(() => watches.length === 1);
    lastSeq = 9;
    wire.cut();
    await waitUntil(() => watches.length === 2);
    expect(watches.map(({ afterSeq }) => afterSeq)).toEqual([7, 7]);
    stop.abort();
    expect(await ended).toBeUndefined();
  });

  it('goes on behind the last change that came', async () => {
    lastSeq = 7;
    changes = [8, 9];
    const { seen, ended } = follow(acme.key);
    await waitUntil(() => seen.length === 2);
    wire.cut();
    await waitUntil(() => watches.length === 2);
    expect(watches.map(({ afterSeq }) => afterSeq)).toEqual([7, 9]);
    stop.abort();
    await ended;
  });

  it('goes on over all tenants as it does in one', async () => {
    changes = [8];
    const { seen, ended } = follow(OPERATOR_KEY);
    await waitUntil(() => seen.length === 1);
    wire.cut();
    await waitUntil(() => places.length === 2);
    expect(places).toEqual([{ round: ROUND }, { round: ROUND, within: { tenantId: acme.id, seq: 8 } }]);
    stop.abort();
    await ended;
  });
});
