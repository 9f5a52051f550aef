import type { PublishInput } from '../../../src/domain/routing/publish';
import { publishReceived, type ReceivedDeps } from '../../../src/ingest/publish-received';
import type { OutgoingEvent } from '../../../src/messages/outgoing-event';
import { TENANT } from '../made-up-tenant';

/** Ingest whose catalog refuses one event type. */
function makeIngest() {
  const published: OutgoingEvent[] = [];
  const left: string[] = [];
  const keys = new Map<string, string>();
  const deps: ReceivedDeps = {
    maxDelayMs: 0,
    maxEventBytes: 1000,
    tenantVersions: (refs) =>
      Promise.resolve(
        new Map(
          refs
            .filter((ref) => ref === TENANT)
            .map((ref) => [ref, { tenantId: ref, slug: 'acme', configVersion: 1, sharedCatalogVersion: 1 }]),
        ),
      ),
    checkEvent: ({ type }) =>
      Promise.resolve(
        type === 'stripe.unfit'
          ? { ok: false, code: 'SCHEMA_MISMATCH', faults: [{ pointer: '/id', message: 'is missing' }] }
          : { ok: true, version: 1, lackedScope: null },
      ),
    claimKeys: (claims) =>
      Promise.resolve(
        claims.map(({ key, eventId }) => {
          if (!keys.has(key)) keys.set(key, eventId);
          return keys.get(key) ?? '';
        }),
      ),
    eventsOnRecord: (ids) => Promise.resolve(new Set(ids)),
    publish: (event) => Promise.resolve(void published.push(event)),
    leaveToRouter: (tenantId, event) => Promise.resolve(void left.push(`${tenantId} ${event.type}`)),
  };
  return { deps, published, left };
}

const event = (type: string, idempotencyKey: string): PublishInput => ({
  type,
  data: Buffer.from('{"n": 1.0}'),
  idempotencyKey,
});

describe('what a provider sent', () => {
  it('is published with its very bytes, and once', async () => {
    const { deps, published } = makeIngest();
    expect(await publishReceived(deps, TENANT, [event('stripe.fit', 'a')])).toBe('published');
    expect(await publishReceived(deps, TENANT, [event('stripe.fit', 'a')])).toBe('repeated');
    expect(published.map(({ data }) => data.toString())).toEqual(['{"n": 1.0}']);
  });

  it('is left to the router when the catalog refuses it: the provider cannot mend it', async () => {
    const { deps, published, left } = makeIngest();
    expect(await publishReceived(deps, TENANT, [event('stripe.unfit', 'a')])).toBe('parked');
    expect([published, left]).toEqual([[], [`${TENANT} stripe.unfit`]]);
  });

  it('does not suffer for another of the same request', async () => {
    const { deps, published, left } = makeIngest();
    const events = [event('stripe.fit', 'a'), event('stripe.unfit', 'b'), event('stripe.fit', 'c')];
    expect(await publishReceived(deps, TENANT, events)).toBe('published');
    expect(published.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['a', 'c']);
    expect(left).toEqual([`${TENANT} stripe.unfit`]);
  });
});
