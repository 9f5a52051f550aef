import { newId } from '../../../src/domain/ids';
import type { Delivery } from '../../../src/domain/nouns';
import { cancelDelivery, dueOf, retryDelivery } from '../../../src/record/move-by-hand';
import type { DueMaterial, MoveResult } from '../../../src/domain/delivery/delivery-records';
import type { MoveDeps } from '../../../src/record/move-by-hand';
import { ENDPOINT, SUBSCRIPTION, TENANT, makeDue } from '../made-up-tenant';

const ID = makeDue().id;

const delivery: Delivery = {
  id: ID,
  tenantId: TENANT,
  eventId: newId('event'),
  eventType: 'order.placed',
  endpointId: ENDPOINT,
  subscriptionId: SUBSCRIPTION,
  status: 'PENDING',
  attemptCount: 4,
  runStart: 4,
  generation: 2,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  updatedAt: new Date('2026-01-02T00:00:00Z'),
};

const material: DueMaterial = {
  delivery,
  tenantSlug: 'acme',
  configVersion: 8,
  version: 3,
  occurredAt: new Date('2026-01-01T00:00:00.123Z'),
  traceparent: null,
  data: Buffer.from('{}'),
};

function makeDeps(changes: Partial<MoveDeps> = {}) {
  const steps: string[] = [];
  const moved = (status: Delivery['status']): MoveResult => {
    steps.push(`row ${status}`);
    return { kind: 'moved', moved: { delivery: { ...delivery, status }, seq: 41 } };
  };
  const sendDue = jest.fn<Promise<void>, Parameters<MoveDeps['sendDue']>>(() => {
    steps.push('sent');
    return Promise.resolve();
  });
  const announce = jest.fn<undefined, Parameters<MoveDeps['announce']>>(
    ({ status }) => void steps.push(`announce ${status}`),
  );
  const deps: MoveDeps = {
    restart: () => Promise.resolve(moved('PENDING')),
    cancel: () => Promise.resolve(moved('CANCELLED')),
    materialOf: () => Promise.resolve([material]),
    sendDue,
    announce,
    ...changes,
  };
  return { deps, steps, sendDue, announce };
}

describe('a retry by hand', () => {
  it('moves the row, then sends, then announces', async () => {
    const { deps, steps } = makeDeps();
    expect(await retryDelivery(deps, TENANT, ID)).toEqual({ ok: true, value: delivery });
    expect(steps).toEqual(['row PENDING', 'sent', 'announce PENDING']);
  });

  it('sends the next attempt of a new run in the new generation', async () => {
    const { deps, sendDue, announce } = makeDeps();
    await retryDelivery(deps, TENANT, ID);
    expect(sendDue.mock.calls[0]?.[0]).toMatchObject({
      id: ID,
      attempt: 5,
      runStart: 4,
      generation: 2,
      configVersion: 8,
    });
    expect(announce.mock.calls[0]?.[0]).toMatchObject({
      seq: 41,
      attempt: 4,
      tenantSlug: 'acme',
      deliveryId: ID,
    });
  });

  it('is only for whose delivery it is', async () => {
    const restart = jest.fn(() => Promise.resolve({ kind: 'not-found' } as const));
    const { deps, steps } = makeDeps({ restart });
    const result = await retryDelivery(deps, TENANT, ID);
    expect(restart).toHaveBeenCalledWith(TENANT, ID, expect.any(Date));
    expect(result).toMatchObject({ ok: false, userErrors: [{ code: 'NOT_FOUND', field: ['id'] }] });
    expect(steps).toEqual([]);
  });

  it('is refused in words when the state does not allow it', async () => {
    const { deps, steps } = makeDeps({ restart: () => Promise.resolve({ kind: 'refused', status: 'HELD' }) });
    const result = await retryDelivery(deps, null, ID);
    expect(result).toMatchObject({ ok: false, userErrors: [{ code: 'CONFLICT' }] });
    expect(JSON.stringify(result)).toContain('HELD');
    expect(steps).toEqual([]);
  });

  it('is refused when the event is past retention, and then nothing is written', async () => {
    const { deps, steps } = makeDeps({ materialOf: () => Promise.resolve([]) });
    expect(await retryDelivery(deps, TENANT, ID)).toMatchObject({ ok: false });
    expect(steps).toEqual([]);
  });

  it('is done once the row says so, also when the broker is away: the sweep sends it', async () => {
    const { deps, steps } = makeDeps({ sendDue: () => Promise.reject(new Error('the broker is away')) });
    expect(await retryDelivery(deps, TENANT, ID)).toMatchObject({ ok: true });
    expect(steps).toEqual(['row PENDING', 'announce PENDING']);
  });
});

describe('a cancellation', () => {
  it('moves the row and announces, and sends nothing', async () => {
    const { deps, steps } = makeDeps();
    expect(await cancelDelivery(deps, TENANT, ID)).toMatchObject({
      ok: true,
      value: { status: 'CANCELLED' },
    });
    expect(steps).toEqual(['row CANCELLED', 'announce CANCELLED']);
  });

  it('is done although the event is past retention', async () => {
    const { deps } = makeDeps({ materialOf: () => Promise.resolve([]) });
    expect(await cancelDelivery(deps, TENANT, ID)).toMatchObject({ ok: true });
  });

  it('is refused in words when there is nothing left to cancel', async () => {
    const { deps, steps } = makeDeps({
      cancel: () => Promise.resolve({ kind: 'refused', status: 'DELIVERED' }),
    });
    const result = await cancelDelivery(deps, TENANT, ID);
    expect(JSON.stringify(result)).toContain('DELIVERED cannot be cancelled');
    expect(steps).toEqual([]);
  });
});

describe('the message that sends a delivery again', () => {
  it('says what the row says', () => {
    const now = new Date('2026-01-05T00:00:00Z');
    const ordered = { ...delivery, orderingKey: 'shop-1' };
    expect(dueOf({ ...material, delivery: ordered, traceparent: 'tp' }, now)).toEqual({
      id: ID,
      tenantId: TENANT,
      tenantSlug: 'acme',
      eventId: delivery.eventId,
      type: 'order.placed',
      version: 3,
      occurredAtMs: material.occurredAt.getTime(),
      endpointId: ENDPOINT,
      subscriptionId: SUBSCRIPTION,
      attempt: 5,
      runStart: 4,
      generation: 2,
      configVersion: 8,
      queuedAtMs: now.getTime(),
      traceparent: 'tp',
      orderingKey: 'shop-1',
      stored: false,
      data: material.data,
    });
  });

  it('leaves what is larger than 16 KiB to the store', () => {
    expect(dueOf({ ...material, data: Buffer.alloc(16_384) }, new Date()).stored).toBe(false);
    expect(dueOf({ ...material, data: Buffer.alloc(16_385) }, new Date()).stored).toBe(true);
  });
});
