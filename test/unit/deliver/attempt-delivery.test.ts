import { attemptDelivery, type DeliverDeps, type DeliverResult } from '../../../src/deliver/attempt-delivery';
import type { DeliveryState } from '../../../src/domain/delivery/delivery-records';
import type { Answer } from '../../../src/domain/delivery/outcome';
import type { DeliveryDue } from '../../../src/messages/delivery-due';
import { ENDPOINT, SUBSCRIPTION, TENANT, makeDue, makeEndpoint, makeSubscription } from '../made-up-tenant';

const OK: Answer = { durationMs: 12, response: { status: 204, headers: {}, body: Buffer.alloc(0) } };
const FAILED: Answer = { durationMs: 12, error: 'TIMEOUT', errorDetail: 'No answer within 5 s.' };
const SCHEDULE = [5, 30, 120];

function makeDeps(changes: Partial<DeliverDeps> = {}) {
  const send = jest.fn<Promise<Answer>, Parameters<DeliverDeps['send']>>(() => Promise.resolve(OK));
  const stateOf = jest.fn<Promise<DeliveryState | undefined>, [string]>(() => Promise.resolve(undefined));
  const findEndpoint = jest.fn(() => Promise.resolve(makeEndpoint()));
  const findSubscription = jest.fn(() => Promise.resolve(makeSubscription()));
  const shapeData = jest.fn<ReturnType<DeliverDeps['shapeData']>, Parameters<DeliverDeps['shapeData']>>(
    () => ({
      ok: true,
      data: Buffer.from('{"shaped":1}'),
    }),
  );
  const eventData = jest.fn(() => Promise.resolve(Buffer.from('{"stored":true}')));
  const deps: DeliverDeps = {
    findEndpoint,
    findSubscription,
    shapeData,
    stateOf,
    eventData,
    holdReason: ({ status }) => (status === 'ACTIVE' ? undefined : status),
    seen: () => Promise.resolve(),
    downgrade: ({ version, data }) => Promise.resolve({ ok: true, version, data, isDerived: false }),
    send,
    defaultSchedule: SCHEDULE,
    userAgent: 'W',
    ownPayload: () => undefined,
    ...changes,
  };
  return { deps, send, stateOf, findEndpoint, findSubscription, shapeData, eventData };
}

const row = (changes: Partial<DeliveryState> = {}): (() => Promise<DeliveryState>) => {
  const state = {
    status: 'RETRYING',
    attemptCount: 0,
    generation: 0,
    lastError: null,
    nextAttemptAt: null,
  } as const;
  return () => Promise.resolve({ ...state, ...changes });
};

const attempt = (deps: DeliverDeps, due: DeliveryDue, redelivered = false): Promise<DeliverResult> =>
  attemptDelivery(deps, due, { redelivered, released: false });

describe('an attempt', () => {
  it('sends, and says what came of it', async () => {
    const { deps, send } = makeDeps();
    const result = await attempt(deps, makeDue());
    expect(result).toMatchObject({
      kind: 'attempted',
      verdict: { kind: 'delivered' },
      attempt: { number: 1, durationMs: 12, requestBody: null, response: { status: 204 } },
    });
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('asks for the endpoint as of the version that the message was written under', async () => {
    const { deps, findEndpoint } = makeDeps();
    await attempt(deps, makeDue({ configVersion: 17 }));
    expect(findEndpoint).toHaveBeenCalledWith(TENANT, ENDPOINT, 17);
  });

  it('reads the data from the store when it did not ride along', async () => {
    const { deps, send, eventData } = makeDeps();
    const due = makeDue({ stored: true, data: Buffer.alloc(0) });
    await attempt(deps, due);
    expect(eventData).toHaveBeenCalledWith(due.eventId);
    expect(send.mock.calls[0]?.[0].body.toString()).toContain('"data":{"stored":true}}');
  });

  it('puts no credential on record', async () => {
    const headers = { authorization: 'Bearer hunter2', 'x-api-key': 'hunter2', 'x-team': 'blue' };
    const { deps } = makeDeps({ findEndpoint: () => Promise.resolve(makeEndpoint({ headers })) });
    const result = await attempt(deps, makeDue());
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(result).toMatchObject({
      attempt: { requestHeaders: { 'x-team': 'blue', authorization: '[redacted]' } },
    });
  });

  it('hands the ordering key on to the destination', async () => {
    const { deps, send } = makeDeps();
    await attempt(deps, makeDue({ orderingKey: 'shop-1' }));
    expect(send.mock.calls[0]?.[0].orderingKey).toBe('shop-1');
  });

  it('keeps the body only when it cannot be made again from the event', async () => {
    const embedded = makeEndpoint({ payloadFormat: 'EMBEDDED_SIGNATURE' });
    const { deps, send } = makeDeps({ findEndpoint: () => Promise.resolve(embedded) });
    const result = await attempt(deps, makeDue());
    expect(result).toMatchObject({ attempt: { requestBody: send.mock.calls[0]?.[0].body } });
  });

  it('of a payload that cannot be shaped fails with PAYLOAD, or the message would come back for ever', async () => {
    const embedded = makeEndpoint({ payloadFormat: 'EMBEDDED_SIGNATURE' });
    const { deps, send } = makeDeps({ findEndpoint: () => Promise.resolve(embedded) });
    // RFC 8785 has no form for a number beyond the range of a double.
    const result = await attempt(deps, makeDue({ data: Buffer.from('{"n":1e400}') }));
    expect(result).toMatchObject({
      kind: 'attempted',
      attempt: { number: 1, error: 'PAYLOAD' },
      verdict: { kind: 'retry' },
    });
    expect(send).not.toHaveBeenCalled();
  });
});

describe('the verdict of an attempt', () => {
  const verdictOf = async (due: Partial<DeliveryDue>, schedule: number[] | null = null): Promise<unknown> => {
    const { deps } = makeDeps({
      send: () => Promise.resolve(FAILED),
      findEndpoint: () => Promise.resolve(makeEndpoint({ retrySchedule: schedule })),
      stateOf: row({ attemptCount: (due.attempt ?? 1) - 1 }),
    });
    const result = await attempt(deps, makeDue(due));
    return result.kind === 'attempted' ? result.verdict : result;
  };

  it('climbs the ladder rung by rung, then is dead', async () => {
    const verdicts = await Promise.all([1, 2, 3, 4].map((number) => verdictOf({ attempt: number })));
    expect(verdicts).toEqual([
      { kind: 'retry', delaySeconds: 5 },
      { kind: 'retry', delaySeconds: 30 },
      { kind: 'retry', delaySeconds: 120 },
      { kind: 'dead', endpointGone: false },
    ]);
  });

  it('starts from the foot of the ladder after a retry by hand', async () => {
    expect(await verdictOf({ attempt: 5, runStart: 4 })).toEqual({ kind: 'retry', delaySeconds: 5 });
    expect(await verdictOf({ attempt: 7, runStart: 4 })).toEqual({ kind: 'retry', delaySeconds: 120 });
    expect(await verdictOf({ attempt: 8, runStart: 4 })).toEqual({ kind: 'dead', endpointGone: false });
  });

  it('follows the endpoint’s own schedule where it has one', async () => {
    expect(await verdictOf({ attempt: 1 }, [900])).toEqual({ kind: 'retry', delaySeconds: 900 });
    expect(await verdictOf({ attempt: 2 }, [900])).toEqual({ kind: 'dead', endpointGone: false });
    expect(await verdictOf({ attempt: 1 }, [])).toEqual({ kind: 'dead', endpointGone: false });
  });
});

describe('a message about a delivery', () => {
  it('is believed when it is fresh: nobody asks the database', async () => {
    const { deps, stateOf, send } = makeDeps();
    await attempt(deps, makeDue());
    expect(stateOf).not.toHaveBeenCalled();
    expect(send).toHaveBeenCalled();
  });

  it.each<[string, Partial<DeliveryDue>, boolean]>([
    ['the broker redelivered it', {}, true],
    ['it came off the ladder', { attempt: 2 }, false],
    ['it waited more than a second', { queuedAtMs: Date.now() - 5000 }, false],
    [
      'its writer’s clock is far ahead, so that its age is unknown',
      { queuedAtMs: Date.now() + 60_000 },
      false,
    ],
  ])('is looked up when %s', async (_, changes, redelivered) => {
    const { deps, stateOf, send } = makeDeps();
    const due = makeDue(changes);
    expect(await attempt(deps, due, redelivered)).toEqual({ kind: 'obsolete' });
    expect(stateOf).toHaveBeenCalledWith(due.id);
    expect(send).not.toHaveBeenCalled();
  });

  it('is not looked up while it is not written, however long it waited for its turn', async () => {
    const { deps, stateOf, send } = makeDeps();
    const due = makeDue({ queuedAtMs: Date.now() - 60_000 });
    await attemptDelivery(deps, due, { redelivered: false, released: false, isUnwritten: true });
    expect(stateOf).not.toHaveBeenCalled();
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('is believed when its gate has just let it go, whichever attempt it is', async () => {
    const { deps, stateOf, send } = makeDeps();
    await attemptDelivery(deps, makeDue({ attempt: 3 }), { redelivered: false, released: true });
    expect(stateOf).not.toHaveBeenCalled();
    expect(send).toHaveBeenCalledTimes(1);
  });

  it.each<[string, Partial<DeliveryDue>, boolean]>([
    ['waited for seconds since', { queuedAtMs: Date.now() - 20_000 }, false],
    ['may have a twin', { mayHaveTwin: true }, false],
    ['was a dead owner’s', {}, true],
  ])('of a gate is looked up when it %s', async (_, changes, redelivered) => {
    const { deps, stateOf } = makeDeps();
    await attemptDelivery(deps, makeDue(changes), { redelivered, released: true });
    expect(stateOf).toHaveBeenCalledTimes(1);
  });

  it('is sent when its attempt is owed', async () => {
    const { deps, send } = makeDeps({ stateOf: row({ attemptCount: 1 }) });
    expect(await attempt(deps, makeDue({ attempt: 2 }))).toMatchObject({ kind: 'attempted' });
    expect(send).toHaveBeenCalledTimes(1);
  });

  it.each(['CANCELLED', 'DELIVERED', 'HELD'] as const)(
    'is not sent when the delivery is %s by now',
    async (status) => {
      const { deps, send } = makeDeps({ stateOf: row({ status, attemptCount: 1 }) });
      expect(await attempt(deps, makeDue({ attempt: 2 }))).toEqual({ kind: 'obsolete' });
      expect(send).not.toHaveBeenCalled();
    },
  );

  it('is not sent when it is of an older generation', async () => {
    const { deps, send } = makeDeps({ stateOf: row({ status: 'PENDING', generation: 1 }) });
    expect(await attempt(deps, makeDue({ generation: 0 }), true)).toEqual({ kind: 'obsolete' });
    expect(send).not.toHaveBeenCalled();
  });

  it('is not sent again when its attempt is on record, and brings what is on record', async () => {
    const { deps, send } = makeDeps({ stateOf: row({ attemptCount: 1, lastError: 'TIMEOUT' }) });
    expect(await attempt(deps, makeDue(), true)).toMatchObject({
      kind: 'settled-before',
      state: { status: 'RETRYING', lastError: 'TIMEOUT' },
    });
    expect(send).not.toHaveBeenCalled();
  });
});

describe('a subscriber pinned to an older version', () => {
  it('has its version asked for, and its rules see the event of that version', async () => {
    const older = { ok: true as const, version: 1, data: Buffer.from('{"old":1}'), isDerived: true };
    const downgrade = jest.fn(() => Promise.resolve(older));
    const findSubscription = () => Promise.resolve(makeSubscription({ version: 1, includeFields: ['old'] }));
    const { deps, shapeData, send } = makeDeps({ downgrade, findSubscription });
    const due = makeDue({ version: 2 });
    await attempt(deps, due);
    expect(downgrade).toHaveBeenCalledWith(
      expect.objectContaining({ type: due.type, version: 2, data: due.data }),
      1,
    );
    expect(shapeData.mock.calls[0]?.[0].event).toMatchObject({ version: 1, data: older.data });
    expect(send.mock.calls[0]?.[0].headers['warren-event-version']).toBe('1');
  });

  it('is sent what its version looks like, and that is on record', async () => {
    const { deps, send } = makeDeps({
      downgrade: () =>
        Promise.resolve({ ok: true, version: 1, data: Buffer.from('{"old":1}'), isDerived: true }),
    });
    const result = await attempt(deps, makeDue({ version: 2 }));
    const request = send.mock.calls[0]?.[0];
    expect(request?.body.toString()).toContain('"data":{"old":1}');
    expect(request?.headers['warren-event-version']).toBe('1');
    expect(result).toMatchObject({ attempt: { requestBody: request?.body } });
  });

  it('is sent nothing when that cannot be made; the attempt failed, and is made again', async () => {
    const { deps, send } = makeDeps({
      downgrade: () =>
        Promise.resolve({ ok: false, error: 'DOWNGRADE', errorDetail: 'From version 2 to 1: no.' }),
    });
    expect(await attempt(deps, makeDue({ version: 2 }))).toMatchObject({
      kind: 'attempted',
      attempt: { error: 'DOWNGRADE', errorDetail: 'From version 2 to 1: no.', requestBody: null },
      verdict: { kind: 'retry', delaySeconds: 5 },
    });
    expect(send).not.toHaveBeenCalled();
  });
});

describe('no request is made', () => {
  it.each(['PAUSED', 'DISABLED'] as const)(
    'to an endpoint that is %s: the delivery is held',
    async (status) => {
      const { deps, send } = makeDeps({ findEndpoint: () => Promise.resolve(makeEndpoint({ status })) });
      expect(await attempt(deps, makeDue())).toEqual({
        kind: 'set-aside',
        verdict: { kind: 'hold', because: status },
      });
      expect(send).not.toHaveBeenCalled();
    },
  );

  it('to an endpoint that is deleted: the delivery is cancelled', async () => {
    const { deps, send } = makeDeps({ findEndpoint: () => Promise.resolve(undefined) });
    expect(await attempt(deps, makeDue())).toEqual({
      kind: 'set-aside',
      verdict: { kind: 'cancel', because: 'ENDPOINT_DELETED' },
    });
    expect(send).not.toHaveBeenCalled();
  });

  it('when the stored data is past retention: the delivery is cancelled', async () => {
    const { deps, send } = makeDeps({ eventData: () => Promise.resolve(undefined) });
    expect(await attempt(deps, makeDue({ stored: true, data: Buffer.alloc(0) }))).toEqual({
      kind: 'set-aside',
      verdict: { kind: 'cancel', because: 'EVENT_EXPIRED' },
    });
    expect(send).not.toHaveBeenCalled();
  });

  it('when the infrastructure fails: that is thrown, not put on record', async () => {
    const { deps } = makeDeps({ findEndpoint: () => Promise.reject(new Error('the database is gone')) });
    await expect(attempt(deps, makeDue())).rejects.toThrow('the database is gone');
  });
});

describe('a subscription that shapes', () => {
  const shaping = () => Promise.resolve(makeSubscription({ transform: 'data.total' }));

  it('is asked for as of the version that the message was written under', async () => {
    const { deps, findSubscription } = makeDeps();
    await attempt(deps, makeDue({ configVersion: 17 }));
    expect(findSubscription).toHaveBeenCalledWith(TENANT, SUBSCRIPTION, 17);
  });

  it('has its shape sent, and the body kept on record: the event alone does not make it again', async () => {
    const { deps, send, shapeData } = makeDeps({ findSubscription: shaping });
    const due = makeDue();
    const result = await attempt(deps, due);
    const body = send.mock.calls[0]?.[0].body.toString();
    expect(body).toContain('"data":{"shaped":1}}');
    expect(result).toMatchObject({ attempt: { requestBody: Buffer.from(body ?? '') } });
    expect(shapeData.mock.calls[0]?.[0]).toMatchObject({
      event: { id: due.eventId, tenantId: TENANT, tenantSlug: 'acme', type: 'order.placed', data: due.data },
      rules: { transform: 'data.total' },
    });
  });

  it('is not asked when it asks for nothing', async () => {
    const { deps, shapeData } = makeDeps();
    await attempt(deps, makeDue());
    expect(shapeData).not.toHaveBeenCalled();
  });

  it('and fails is a failed attempt that climbs the ladder', async () => {
    const { deps, send } = makeDeps({
      findSubscription: shaping,
      shapeData: () => Promise.resolve({ ok: false, reason: 'transform: it took more than 250 ms' }),
    });
    expect(await attempt(deps, makeDue())).toMatchObject({
      kind: 'attempted',
      attempt: { error: 'TRANSFORM', errorDetail: 'transform: it took more than 250 ms', requestBody: null },
      verdict: { kind: 'retry', delaySeconds: 5 },
    });
    expect(send).not.toHaveBeenCalled();
  });

  it('and is gone ends its deliveries: sent without it they would tell too much', async () => {
    const { deps, send } = makeDeps({ findSubscription: () => Promise.resolve(undefined) });
    expect(await attempt(deps, makeDue())).toEqual({
      kind: 'set-aside',
      verdict: { kind: 'cancel', because: 'SUBSCRIPTION_DELETED' },
    });
    expect(send).not.toHaveBeenCalled();
  });
});
