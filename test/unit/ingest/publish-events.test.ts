import { newId } from '../../../src/domain/ids';
import type { Caller } from '../../../src/domain/scopes';
import type { PublishInput } from '../../../src/domain/routing/publish';
import { publishEvents, type IngestDeps } from '../../../src/ingest/publish-events';
import { publishOperational } from '../../../src/ingest/publish-operational';
import type { OutgoingEvent } from '../../../src/messages/outgoing-event';
import { TENANT } from '../made-up-tenant';

const OTHER_TENANT = newId('tenant');
const TENANTS = [
  { tenantId: TENANT, slug: 'acme', configVersion: 7, sharedCatalogVersion: 3 },
  { tenantId: OTHER_TENANT, slug: 'other', configVersion: 2, sharedCatalogVersion: 3 },
];
const caller = (tenantId: string | null): Caller => ({
  keyId: null,
  tenantId,
  isOperator: false,
  scopes: new Set(),
});
const event = (changes: Partial<PublishInput> = {}): PublishInput => ({
  type: 'order.placed',
  data: { a: 1 },
  ...changes,
});

/** Ingest with a broker and a key table in memory. */
function makeIngest(changes: Partial<IngestDeps> = {}) {
  const published: OutgoingEvent[] = [];
  const keys = new Map<string, string>();
  const claimedInOrder: string[] = [];
  const onRecord = new Set<string>();
  const deps: IngestDeps = {
    maxDelayMs: Number.POSITIVE_INFINITY,
    maxEventBytes: 1000,
    tenantVersions: (refs) =>
      Promise.resolve(
        new Map(
          TENANTS.flatMap((tenant) =>
            [tenant.tenantId, tenant.slug]
              .filter((ref) => refs.includes(ref))
              .map((ref) => [ref, tenant] as const),
          ),
        ),
      ),
    checkEvent: ({ version }) => Promise.resolve({ ok: true, version: version ?? 1, lackedScope: null }),
    claimKeys: (claims) =>
      Promise.resolve(
        claims.map(({ tenantId, key, eventId }) => {
          const slot = `${tenantId} ${key}`;
          claimedInOrder.push(slot);
          if (!keys.has(slot)) keys.set(slot, eventId);
          return keys.get(slot) ?? '';
        }),
      ),
    eventsOnRecord: (ids) => Promise.resolve(new Set(ids.filter((id) => onRecord.has(id)))),
    publish: (outgoing) => {
      published.push(outgoing);
      return Promise.resolve();
    },
    ...changes,
  };
  const publish = async (inputs: PublishInput[], who = caller(TENANT)) => {
    const outcome = await publishEvents(deps, who, inputs);
    return outcome.ok
      ? outcome.value
      : outcome.userErrors.map(({ field, code }) => `${field?.join('.') ?? ''} ${code}`);
  };
  return { deps, published, claimedInOrder, onRecord, publish };
}

describe('publishing', () => {
  it('stamps the event with an id, the time, the tenant and the version it may count on', async () => {
    const { publish, published } = makeIngest();
    const receipts = await publish([event({ version: 4, orderingKey: 'o', deliverAt: new Date(9) })]);
    expect(published).toEqual([
      expect.objectContaining({
        tenantId: TENANT,
        tenantSlug: 'acme',
        configVersion: 7,
        type: 'order.placed',
        data: Buffer.from('{"a":1}'),
        version: 4,
        orderingKey: 'o',
        deliverAt: new Date(9),
      }),
    ]);
    expect(receipts).toEqual([{ eventId: published[0]?.eventId, duplicate: false }]);
    expect(published[0]?.occurredAt).toEqual(published[0]?.receivedAt);
  });

  it('keeps the time that the caller says it happened', async () => {
    const { publish, published } = makeIngest();
    await publish([event({ timestamp: new Date('2020-01-01T00:00:00Z') })]);
    expect(published[0]?.occurredAt).toEqual(new Date('2020-01-01T00:00:00Z'));
    expect(Math.abs(Date.now() - (published[0]?.receivedAt.getTime() ?? 0))).toBeLessThan(5000);
  });

  it('answers only once the broker has confirmed every event', async () => {
    let confirm = (): void => undefined;
    const { publish } = makeIngest({ publish: () => new Promise((resolve) => (confirm = resolve)) });
    let answered = false;
    const answer = publish([event()]).then(() => (answered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    confirm();
    await answer;
  });

  it('fails as a whole when the broker does not take one', async () => {
    const { publish } = makeIngest({ publish: () => Promise.reject(new Error('the broker is away')) });
    await expect(publish([event()])).rejects.toThrow('the broker is away');
  });

  it.each<[string, number]>([
    ['events REQUIRED', 0],
    ['events LIMIT', 501],
  ])('is refused with %s for %i events', async (fault, count) => {
    const { publish, published } = makeIngest();
    expect(await publish(Array.from({ length: count }, () => event()))).toEqual([fault]);
    expect(published).toEqual([]);
  });

  it('publishes under the version that the catalog says it follows', async () => {
    const { publish, published } = makeIngest({
      checkEvent: () => Promise.resolve({ ok: true, version: 3, lackedScope: null }),
    });
    await publish([event()]);
    expect(published[0]?.version).toBe(3);
  });

  it('asks the catalog at the versions that it read, with the data as receivers will parse it', async () => {
    const asked: unknown[] = [];
    const { publish } = makeIngest({
      checkEvent(event) {
        asked.push([event.configVersion, event.sharedCatalogVersion, event.version, event.data?.()]);
        return Promise.resolve({ ok: true, version: 1, lackedScope: null });
      },
    });
    await publish([event({ data: { n: 5 } })]);
    expect(asked).toEqual([[7, 3, undefined, { n: 5 }]]);
  });

  it('takes all or none when one does not fit, with the JSON Pointer of each fault', async () => {
    const { publish, published, claimedInOrder } = makeIngest({
      checkEvent: ({ type }) =>
        Promise.resolve(
          type === 'bad'
            ? {
                ok: false,
                code: 'SCHEMA_MISMATCH',
                faults: [
                  { pointer: '/a/0', message: 'must be number' },
                  { pointer: '', message: 'must be object' },
                ],
              }
            : type === 'unknown'
              ? { ok: false, code: 'UNKNOWN_TYPE', field: 'type', reason: 'there is none' }
              : { ok: true, version: 1, lackedScope: null },
        ),
    });
    const faults = await publish([
      event({ idempotencyKey: 'k' }),
      event({ type: 'bad' }),
      event({ type: 'unknown' }),
    ]);
    expect(faults).toEqual(['events.1.data./a/0 INVALID', 'events.1.data INVALID', 'events.2.type INVALID']);
    expect([published, claimedInOrder]).toEqual([[], []]);
  });

  it('stops looking when a hundred faults are found', async () => {
    const checkEvent = jest.fn<ReturnType<IngestDeps['checkEvent']>, []>(() =>
      Promise.resolve({
        ok: false,
        code: 'SCHEMA_MISMATCH',
        faults: Array.from({ length: 20 }, (_, n) => ({ pointer: `/${n}`, message: 'is required' })),
      }),
    );
    const { publish } = makeIngest({ checkEvent });
    expect(await publish(Array.from({ length: 50 }, () => event()))).toHaveLength(100);
    expect(checkEvent).toHaveBeenCalledTimes(5);
  });

  it('takes all or none, and names every fault with its path', async () => {
    const { publish, published, claimedInOrder } = makeIngest();
    const faults = await publish([
      event({ idempotencyKey: 'k' }),
      event({ type: 'warren.x' }),
      event({ data: 'x'.repeat(2000), version: 0 }),
    ]);
    expect(faults).toEqual(['events.1.type INVALID', 'events.2.version INVALID', 'events.2.data TOO_LONG']);
    expect([published, claimedInOrder]).toEqual([[], []]);
  });
});

describe('the tenant of an event', () => {
  it('is the caller’s own, by default, by slug or by id', async () => {
    const { publish, published } = makeIngest();
    await publish([event(), event({ tenant: 'acme' }), event({ tenant: TENANT })]);
    expect(published.map(({ tenantId }) => tenantId)).toEqual([TENANT, TENANT, TENANT]);
  });

  it('of somebody else looks the same as one that does not exist', async () => {
    const { deps, published } = makeIngest();
    const of = (tenant: string) => publishEvents(deps, caller(TENANT), [event({ tenant })]);
    const [foreign, foreignId, none] = await Promise.all([of('other'), of(OTHER_TENANT), of('nobody')]);
    expect(foreign).toMatchObject({
      ok: false,
      userErrors: [{ code: 'NOT_FOUND', field: ['events', '0', 'tenant'] }],
    });
    expect([foreignId, none]).toEqual([foreign, foreign]);
    expect(published).toEqual([]);
  });

  it('must be named by a key that belongs to no single one, and may be any', async () => {
    const { publish, published } = makeIngest();
    expect(await publish([event()], caller(null))).toEqual(['events.0.tenant REQUIRED']);
    await publish([event({ tenant: 'other' }), event({ tenant: 'acme' })], caller(null));
    expect(published.map(({ tenantSlug }) => tenantSlug)).toEqual(['other', 'acme']);
  });
});

describe('an idempotency key', () => {
  const keyed = event({ idempotencyKey: 'key-1' });

  it('used again answers with the first event, and nothing is sent twice', async () => {
    const { publish, published, onRecord } = makeIngest();
    await publish([keyed]);
    const eventId = published[0]?.eventId ?? '';
    onRecord.add(eventId);
    expect(await publish([keyed])).toEqual([{ eventId, duplicate: true }]);
    expect(published).toHaveLength(1);
  });

  it('whose event is not on record yet is published again, under the same id', async () => {
    const { publish, published } = makeIngest();
    await publish([keyed]);
    await publish([keyed]);
    expect(published).toHaveLength(2);
    expect(published[1]?.eventId).toBe(published[0]?.eventId);
  });

  it('given twice in one call counts once', async () => {
    const { publish, published } = makeIngest();
    const receipts = await publish([keyed, event(), keyed]);
    expect(published).toHaveLength(2);
    expect(receipts).toEqual([
      { eventId: published[0]?.eventId, duplicate: false },
      { eventId: published[1]?.eventId, duplicate: false },
      { eventId: published[0]?.eventId, duplicate: true },
    ]);
  });

  it('is the tenant’s own', async () => {
    const { publish, published } = makeIngest();
    const both = ['acme', 'other'].map((tenant) => ({ ...keyed, tenant }));
    expect(await publish(both, caller(null))).toMatchObject([{ duplicate: false }, { duplicate: false }]);
    expect(new Set(published.map(({ eventId }) => eventId)).size).toBe(2);
  });

  it('is taken in sorted order, or two callers with the same keys would deadlock', async () => {
    const { publish, claimedInOrder } = makeIngest();
    await publish(['b', 'c', 'a'].map((idempotencyKey) => event({ idempotencyKey })));
    expect(claimedInOrder).toEqual(['a', 'b', 'c'].map((key) => `${TENANT} ${key}`));
  });

  it('is not needed: events without one are all sent, and no key is asked for', async () => {
    const claimKeys = jest.fn(() => Promise.resolve([]));
    const { publish, published } = makeIngest({ claimKeys });
    await publish([event(), event()]);
    expect(new Set(published.map(({ eventId }) => eventId)).size).toBe(2);
    expect(claimKeys).not.toHaveBeenCalled();
  });
});

describe('an event of Warren’s own', () => {
  const fact = {
    tenantId: TENANT,
    type: 'warren.endpoint.disabled',
    key: 'gone/1',
    data: { endpointId: 'x' },
  };

  it('goes to the tenant it concerns, under a key of its own', async () => {
    const { deps, published } = makeIngest();
    await publishOperational(deps, fact);
    expect(published).toMatchObject([
      {
        tenantId: TENANT,
        tenantSlug: 'acme',
        type: fact.type,
        idempotencyKey: 'warren/gone/1',
        configVersion: 7,
      },
    ]);
    expect(JSON.parse(published[0]?.data.toString() ?? '')).toEqual(fact.data);
  });

  it('says where a person goes on, where people can reach Warren', async () => {
    const { deps, published } = makeIngest({ publicUrl: 'https://hooks.example/' });
    const data = { endpointId: 'ep_1', deliveryId: 'dlv_1', eventId: 'evt_1', eventType: 'order.placed' };
    await publishOperational(deps, { ...fact, data });
    await publishOperational(deps, fact);
    const [first, second] = published.map(
      (event) => JSON.parse(event.data.toString()) as Record<string, unknown>,
    );
    const own = published[0]?.eventId ?? '';
    expect(first).toEqual({
      ...data,
      links: {
        self: `https://hooks.example/portal/events/${own}`,
        endpoint: 'https://hooks.example/portal/endpoints/ep_1',
        delivery: 'https://hooks.example/portal/deliveries/dlv_1',
        event: 'https://hooks.example/portal/events/evt_1',
        docs: 'https://hooks.example/docs/guide/wire.html#operational-events',
      },
    });
    expect(Object.keys(second?.links ?? {})).toEqual(['self', 'endpoint', 'docs']);
  });

  it('that is told twice has one id, so that the router drops the twin', async () => {
    const { deps, published } = makeIngest();
    await publishOperational(deps, fact);
    await publishOperational(deps, fact);
    expect(published[1]?.eventId).toBe(published[0]?.eventId);
  });

  it('is told to nobody when the tenant is gone', async () => {
    const { deps, published } = makeIngest();
    await publishOperational(deps, { ...fact, tenantId: newId('tenant') });
    expect(published).toEqual([]);
  });
});
