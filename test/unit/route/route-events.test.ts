import { newId } from '../../../src/domain/ids';
import { writeEventMessage } from '../../../src/messages/outgoing-event';
import { routeEvents } from '../../../src/route/route-events';
import { ENDPOINT, SUBSCRIPTION, TENANT, makeEndpoint, type MadeUpMessage } from '../made-up-tenant';
import { CONFIG, asFresh, makeMadeUpRouter, turn } from './made-up-router';

const BAD = { body: 'no json' };
const REDELIVERED = { redelivered: true };

describe('a batch of events', () => {
  it('is written, then sent on, then acked, then announced', async () => {
    const { deps, steps, message } = makeMadeUpRouter();
    await routeEvents(deps, [message('a')]);
    expect(steps).toEqual(['write', 'sent', 'ack a', 'announce PENDING']);
  });

  it('is one write, and each message waits for no other than its own deliveries', async () => {
    const { deps, steps, batches, message } = makeMadeUpRouter();
    await routeEvents(deps, [message('a'), message('b')]);
    expect(batches.map((batch) => batch.length)).toEqual([2]);
    expect(steps.filter((step) => step.startsWith('ack'))).toEqual(['ack a', 'ack b']);
  });

  it('acks nothing while a delivery is not on its way', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { deps, steps, message } = makeMadeUpRouter({ sendDue: () => held });
    const done = routeEvents(deps, [message('a')]);
    await turn();
    await turn();
    expect(steps).toEqual(['write']);
    release();
    await done;
    expect(steps).toContain('ack a');
  });

  it('acks nothing when it cannot be written', async () => {
    const broken = (): Promise<never> => Promise.reject(new Error('the database is gone'));
    const { deps, steps, message } = makeMadeUpRouter({ routeEvents: broken });
    await expect(routeEvents(deps, [message('a')])).rejects.toThrow('the database is gone');
    expect(steps).toEqual([]);
  });

  it('tries a publish again without writing again', async () => {
    let failures = 2;
    const router = makeMadeUpRouter({
      sendDue: () => (failures-- > 0 ? Promise.reject(new Error('nack')) : Promise.resolve()),
    });
    await routeEvents(router.deps, [router.message('a')]);
    expect(router.steps).toEqual(['write', 'ack a', 'announce PENDING']);
    expect(failures).toBe(-1);
  });

  it('says of a message that is published again that it may have a twin, since its confirm may only be lost', async () => {
    let failures = 1;
    const router = makeMadeUpRouter();
    const send = router.deps.sendDue.bind(router.deps);
    router.deps.sendDue = async (due) => {
      await send(due);
      if (failures-- > 0) throw new Error('the connection was lost');
    };
    await routeEvents(router.deps, [router.message('a')]);
    expect(router.due.map(({ mayHaveTwin }) => mayHaveTwin)).toEqual([undefined, true]);
  });

  it('holds what is scheduled by the time of the database, whatever the clock of its own machine says', async () => {
    const now = new Date(Date.now() - 3_600_000);
    const { deps, batches, message } = makeMadeUpRouter({ now: () => now });
    const scheduled = (afterMs: number): MadeUpMessage => ({
      properties: {
        headers: { tenant: 'acme', 'deliver-at': new Date(now.getTime() + afterMs).toISOString() },
      },
    });
    await routeEvents(deps, [message('later', scheduled(60_000)), message('by now', scheduled(-60_000))]);
    const held = batches.flat().map(({ targets }) => targets.map(({ heldBecause }) => heldBecause));
    expect(held).toEqual([['SCHEDULED'], [undefined]]);
  });

  it('marks everything as perhaps on record when it is written a second time', async () => {
    const router = makeMadeUpRouter();
    const write = router.deps.routeEvents.bind(router.deps);
    let lost = true;
    router.deps.routeEvents = async (batch, at) => {
      const result = await write(batch, at);
      if (lost) {
        lost = false;
        throw new Error('the answer to the commit was lost');
      }
      return result;
    };
    await routeEvents(router.deps, [router.message('a')]);
    const flags = router.batches.map(([entry]) => ({
      suspect: entry?.suspect,
      redelivered: entry?.redelivered,
    }));
    expect(flags).toEqual([
      { suspect: false, redelivered: false },
      { suspect: true, redelivered: true },
    ]);
    expect(router.batches[1]?.[0]?.event.id).toBe(router.batches[0]?.[0]?.event.id);
  });

  it('is refused with the pointers when it does not fit, beside one that does', async () => {
    const reasons: string[] = [];
    const { deps, steps, message, batches } = makeMadeUpRouter({
      checkEvent: ({ data }) =>
        Promise.resolve(
          JSON.stringify(data?.()) === '{}'
            ? { ok: true, version: 4, lackedScope: null }
            : { ok: false, code: 'SCHEMA_MISMATCH', faults: [{ pointer: '/a', message: 'is required' }] },
        ),
      reject(_message, code, reason) {
        reasons.push(`${code} ${reason}`);
        return Promise.resolve();
      },
    });
    await routeEvents(deps, [message('a', { body: '[1]' }), message('b', { body: '{}' })]);
    expect(reasons).toEqual(['SCHEMA_MISMATCH /a is required']);
    expect(steps).toEqual(expect.arrayContaining(['ack a', 'ack b']));
    expect(batches[0]?.map(({ event }) => event.version)).toEqual([4]);
    expect(batches[0]?.[0]?.event).not.toHaveProperty('value');
  });

  it('is on record without deliveries when the tenant may not have its type', async () => {
    const { deps, due, message, batches } = makeMadeUpRouter({
      checkEvent: () => Promise.resolve({ ok: true, version: 1, lackedScope: 'gold' }),
    });
    await routeEvents(deps, [message('a')]);
    expect(batches[0]?.map(({ targets }) => targets)).toEqual([[]]);
    expect(due).toEqual([]);
  });

  it('waits for a catalog that cannot be read right now', async () => {
    let failures = 2;
    const { deps, steps, message } = makeMadeUpRouter({
      checkEvent: () =>
        failures-- > 0
          ? Promise.reject(new Error('the database is away'))
          : Promise.resolve({ ok: true, version: 1, lackedScope: null }),
    });
    await routeEvents(deps, [message('a')]);
    expect(steps).toContain('ack a');
  });

  it('is nothing to write when every message is refused', async () => {
    const { deps, steps, message } = makeMadeUpRouter();
    await routeEvents(deps, [message('a', BAD)]);
    expect(steps).toEqual(['reject BAD_JSON', 'ack a']);
  });
});

describe('a message that is refused', () => {
  it('is acked only once it is parked', async () => {
    let failures = 1;
    const router = makeMadeUpRouter();
    const reject = router.deps.reject.bind(router.deps);
    router.deps.reject = (...args) =>
      failures-- > 0 ? Promise.reject(new Error('the queue is full')) : reject(...args);
    await routeEvents(router.deps, [router.message('bad', BAD)]);
    expect(router.steps).toEqual(['reject BAD_JSON', 'ack bad']);
    expect(router.reports).toEqual([{ kind: 'rejected', code: 'BAD_JSON', type: 'order.placed' }]);
  });

  it('does not delay the good ones beside it, even when it cannot be parked', async () => {
    const router = makeMadeUpRouter({ reject: () => new Promise(() => undefined) });
    void routeEvents(router.deps, [router.message('bad', BAD), router.message('good')]);
    for (let i = 0; i < 10; i++) await turn();
    expect(router.steps).toEqual(['write', 'sent', 'ack good', 'announce PENDING']);
  });

  it('may be refused for its tenant', async () => {
    const router = makeMadeUpRouter();
    const unknown: MadeUpMessage = { properties: { headers: { tenant: 'nobody' } } };
    await routeEvents(router.deps, [router.message('a', unknown), router.message('b')]);
    expect(router.steps).toEqual(expect.arrayContaining(['reject UNKNOWN_TENANT', 'ack a', 'ack b']));
    expect(router.batches[0]).toHaveLength(1);
  });

  it('may be refused because its id is another event’s', async () => {
    const router = makeMadeUpRouter({
      routeEvents: (batch) => Promise.resolve(batch.map(() => ({ kind: 'foreign' }))),
    });
    await routeEvents(router.deps, [router.message('a')]);
    expect(router.steps).toEqual(['reject BAD_ENVELOPE', 'ack a']);
  });
});

describe('a delivery that is sent on', () => {
  it('carries all that the worker needs, in the first attempt of its first run', async () => {
    const router = makeMadeUpRouter();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await routeEvents(router.deps, [
      router.message('a', {
        properties: { headers: { tenant: 'acme', traceparent, 'ordering-key': 'shop-1' } },
      }),
    ]);
    expect(router.due).toEqual([
      expect.objectContaining({
        tenantId: TENANT,
        tenantSlug: 'acme',
        endpointId: ENDPOINT,
        subscriptionId: SUBSCRIPTION,
        attempt: 1,
        runStart: 0,
        generation: 0,
        configVersion: CONFIG.version,
        version: 1,
        traceparent,
        orderingKey: 'shop-1',
        stored: false,
        data: Buffer.from('{"total":1}'),
      }),
    ]);
    expect(router.changes).toEqual([
      expect.objectContaining({ seq: 1, status: 'PENDING', attempt: 0, deliveryId: router.due[0]?.id }),
    ]);
  });

  it.each([
    [16 * 1024, false],
    [16 * 1024 + 1, true],
  ])('leaves %i bytes of data to the store: %s', async (length, stored) => {
    const router = makeMadeUpRouter();
    await routeEvents(router.deps, [router.message('a', { body: `"${'x'.repeat(length - 2)}"` })]);
    expect(router.due[0]?.stored).toBe(stored);
  });

  it('is not sent while its endpoint is paused, but announced', async () => {
    const paused = { ...CONFIG, endpoints: new Map([[ENDPOINT, makeEndpoint({ status: 'PAUSED' })]]) };
    const router = makeMadeUpRouter({ findConfig: () => Promise.resolve(paused) });
    await routeEvents(router.deps, [router.message('a')]);
    expect(router.steps).toEqual(['write', 'ack a', 'announce HELD']);
    expect(router.batches[0]?.[0]?.targets).toMatchObject([{ status: 'HELD', heldBecause: 'PAUSED' }]);
  });
});

describe('a twin of an event on record', () => {
  it('sends what still waits, under the id of the first, and announces nothing twice', async () => {
    const first = newId('event');
    const router = makeMadeUpRouter({
      routeEvents: (batch) =>
        Promise.resolve(
          batch.map((entry, index) => ({ ...asFresh(entry, index), kind: 'twin', eventId: first })),
        ),
    });
    await routeEvents(router.deps, [router.message('a', REDELIVERED)]);
    expect(router.steps).toEqual(['sent', 'ack a']);
    expect(router.due[0]?.eventId).toBe(first);
    expect(router.reports).toMatchObject([{ kind: 'routed', outcome: 'twin', eventId: first }]);
  });

  it('is looked for when the broker redelivers, and its deliveries are asked for', async () => {
    const router = makeMadeUpRouter();
    await routeEvents(router.deps, [router.message('a'), router.message('b', REDELIVERED)]);
    expect(router.batches[0]?.map(({ suspect, redelivered }) => [suspect, redelivered])).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('is looked for when an event of our own has a key, because that may be published twice', async () => {
    const router = makeMadeUpRouter();
    const now = new Date();
    const event = {
      tenantId: TENANT,
      tenantSlug: 'acme',
      configVersion: 9,
      sharedCatalogVersion: 3,
      eventId: newId('event'),
      type: 'order.placed',
    };
    const own = (idempotencyKey?: string): MadeUpMessage => {
      const times = { data: Buffer.from('{}'), receivedAt: now, occurredAt: new Date(5) };
      const { routingKey, body, options } = writeEventMessage(
        { ...event, ...times, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) },
        'seal',
      );
      return { routingKey, body, properties: { ...options, headers: { ...options.headers } } };
    };
    const findConfig = jest.fn(router.deps.findConfig.bind(router.deps));
    const checkEvent = jest.fn(router.deps.checkEvent.bind(router.deps));
    await routeEvents({ ...router.deps, findConfig, checkEvent }, [
      router.message('a', own()),
      router.message('b', own('key')),
    ]);
    expect(router.batches[0]?.map(({ suspect, redelivered }) => [suspect, redelivered])).toEqual([
      [false, false],
      [true, false],
    ]);
    expect(router.batches[0]?.[0]?.event).toMatchObject({
      id: event.eventId,
      receivedAt: now,
      occurredAt: new Date(5),
    });
    expect(findConfig).toHaveBeenCalledWith(TENANT, 9);
    // It was checked where it came in, and somebody has its id.
    expect(checkEvent).toHaveBeenCalledWith(
      expect.objectContaining({ sharedCatalogVersion: 3, data: undefined }),
      expect.any(Function),
    );
  });
});
