import { newId } from '../../../src/domain/ids';
import type { Attempt, Verdict } from '../../../src/domain/delivery/outcome';
import type { OutcomeToRecord, RecordedOutcome } from '../../../src/domain/delivery/recorded-outcome';
import type { EventToRoute, RoutedEvent } from '../../../src/domain/routing/routed-event';
import type { DeliveryDue } from '../../../src/messages/delivery-due';
import { makeFirstAttempts, type AttemptedEvent } from '../../../src/route/attempt-first';
import type { IntoFirstWrite } from '../../../src/route/route-deps';
import { routeEvents } from '../../../src/route/route-events';
import { CONFIG, asFresh, makeMadeUpRouter, turn } from './made-up-router';
import { makeEndpoint } from '../made-up-tenant';

const KEYED = { properties: { messageId: 'order-1', headers: { tenant: 'acme' } } };
const DELIVERED: Verdict = { kind: 'delivered' };
const LATER: Verdict = { kind: 'retry', delaySeconds: 5 };

/** As the store has it: what is known by then is DELIVERED from the start. */
function asWritten(entry: AttemptedEvent): Extract<RoutedEvent, { eventId: string }> {
  const fresh = asFresh(entry, 0);
  const deliveries = fresh.deliveries.map((one) =>
    entry.attempted.delivered.has(one.id) ? { ...one, status: 'DELIVERED' as const, seq: 2 } : one,
  );
  return { ...fresh, deliveries };
}

interface UnderWay {
  due: readonly DeliveryDue[];
  /** Ends an attempt; gives what it was told of its record. */
  end: (verdict: Verdict, index?: number) => Promise<RecordedOutcome | undefined>;
  finish: () => void;
  fail: () => void;
}

/** A router that attempts first. Its dispatcher does what the test says, and notes what it is asked for. */
function makeRouter(
  how: { written?: (entry: AttemptedEvent) => Promise<RoutedEvent>; ids?: (own: string[]) => string[] } = {},
) {
  const underWay: UnderWay[] = [];
  const writes: AttemptedEvent[] = [];
  const router = makeMadeUpRouter();
  const { steps } = router;
  function dispatchDirectly(due: readonly DeliveryDue[], intoFirstWrite?: IntoFirstWrite): Promise<void> {
    steps.push('attempt');
    return new Promise((resolve, reject) => {
      underWay.push({
        due,
        end: async (verdict, index = 0) => intoFirstWrite?.(outcomeOf(due[index] as DeliveryDue, verdict)),
        finish: resolve,
        fail: () => reject(new Error('stopping')),
      });
    });
  }
  const deps = { ...router.deps, dispatchDirectly };
  const first = makeFirstAttempts({
    ...deps,
    claimIds(events) {
      steps.push('claim');
      const own = events.map(({ id }) => id);
      return Promise.resolve(how.ids?.(own) ?? own);
    },
    async writeAttempted(entry) {
      steps.push('write as attempted');
      writes.push(entry);
      await turn();
      return how.written?.(entry) ?? asWritten(entry);
    },
    now: () => new Date('2026-11-30T10:00:00Z'),
  });
  return { ...router, deps: { ...deps, first }, underWay, writes };
}

const outcomeOf = (due: DeliveryDue, verdict: Verdict): OutcomeToRecord => ({
  deliveryId: due.id,
  tenantId: due.tenantId,
  number: 1,
  generation: 0,
  verdict,
  attempt: {
    number: 1,
    at: new Date(),
    durationMs: 3,
    requestHeaders: {},
    requestBody: null,
  } satisfies Attempt,
});

const only = <T>(items: readonly T[]): T => {
  expect(items).toHaveLength(1);
  return items[0] as T;
};

describe('an event that is attempted before it is written', () => {
  it('is written once, with what came of it, and acked after that', async () => {
    const { deps, steps, message, underWay, writes } = makeRouter();
    await routeEvents(deps, [message('a', KEYED)]);
    expect(steps).toEqual(['claim', 'attempt']);
    const { end, finish, due } = only(underWay);
    const recorded = await end(DELIVERED);
    expect(recorded).toMatchObject({ applied: true, status: 'DELIVERED', seq: 2 });
    expect(recorded?.pendingAtMs).toBe(Date.parse('2026-11-30T10:00:00Z'));
    finish();
    await turn();
    expect(steps).toEqual(['claim', 'attempt', 'write as attempted', 'ack a']);
    expect([...only(writes).attempted.delivered.keys()]).toEqual([only(due).id]);
  });

  it('is written at once when an attempt fails, which is recorded after it like any other', async () => {
    const { deps, steps, message, underWay, writes } = makeRouter();
    await routeEvents(deps, [message('a', KEYED)]);
    const { end, finish } = only(underWay);
    expect(await end(LATER)).toBeUndefined();
    expect(only(writes).attempted.delivered.size).toBe(0);
    finish();
    await turn();
    expect(steps).toEqual(['claim', 'attempt', 'write as attempted', 'announce PENDING', 'ack a']);
  });

  it('is written as PENDING when its receiver takes long, and what comes later is recorded after it', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const { deps, steps, message, underWay } = makeRouter();
      await routeEvents(deps, [message('a', KEYED)]);
      jest.advanceTimersByTime(249);
      await turn();
      expect(steps).not.toContain('write as attempted');
      jest.advanceTimersByTime(1);
      await turn();
      await turn();
      expect(steps.slice(2)).toEqual(['write as attempted', 'announce PENDING']);
      expect(await only(underWay).end(DELIVERED)).toBeUndefined();
    } finally {
      jest.useRealTimers();
    }
  });

  it('is written and sent over the broker when its dispatch ends with no outcome', async () => {
    const { deps, steps, message, underWay } = makeRouter();
    await routeEvents(deps, [message('a', KEYED)]);
    only(underWay).finish();
    await turn();
    await turn();
    await turn();
    expect(steps.slice(2)).toEqual(['write as attempted', 'announce PENDING', 'sent', 'ack a']);
  });

  it('is told by this process’s clock, and recorded by the database’s', async () => {
    const { deps, message, underWay, writes } = makeRouter();
    await routeEvents(deps, [message('a', KEYED)]);
    const { due, end } = only(underWay);
    expect(Math.abs(Date.now() - only(due).queuedAtMs)).toBeLessThan(5000);
    await end(DELIVERED);
    expect(only(writes).attempted.since).toEqual(new Date('2026-11-30T10:00:00Z'));
  });

  it('goes back to the queue, unwritten, when the process stops before that', async () => {
    const { deps, steps, message, underWay } = makeRouter();
    await routeEvents(deps, [message('a', KEYED)]);
    only(underWay).fail();
    await turn();
    expect(steps).toEqual(['claim', 'attempt', 'requeue a']);
  });

  it('comes again when it was on record after all, and its outcome is recorded like any other', async () => {
    const twin = (entry: EventToRoute): Promise<RoutedEvent> =>
      Promise.resolve({ kind: 'twin', eventId: entry.event.id, deliveries: [] });
    const { deps, steps, message, underWay } = makeRouter({ written: twin });
    await routeEvents(deps, [message('a', KEYED)]);
    const { end, finish } = only(underWay);
    expect(await end(DELIVERED)).toBeUndefined();
    finish();
    await turn();
    expect(steps.at(-1)).toBe('requeue a');
  });
});

describe('who is written first', () => {
  const tried = async (router: ReturnType<typeof makeRouter>, made?: object): Promise<string[]> => {
    await routeEvents(router.deps, [router.message('a', made)]);
    return router.steps;
  };

  it('is an event that could not be found again', async () => {
    expect(await tried(makeRouter())).toEqual(['write', 'sent', 'ack a', 'announce PENDING']);
  });

  it('is one that may be on record', async () => {
    const steps = await tried(makeRouter(), { ...KEYED, redelivered: true });
    expect(steps.slice(0, 3)).toEqual(['claim', 'write', 'attempt']);
  });

  it('is one whose key is another’s', async () => {
    const another = newId('event');
    const router = makeRouter({ ids: () => [another] });
    expect((await tried(router, KEYED)).slice(0, 2)).toEqual(['claim', 'write']);
    expect(router.batches[0]?.[0]).toMatchObject({ event: { id: another }, suspect: true, isClaimed: true });
  });

  it('is one that an endpoint must not get yet', async () => {
    const endpoints = new Map(
      [...CONFIG.endpoints].map(([id]) => [id, makeEndpoint({ status: 'PAUSED' })] as const),
    );
    const router = makeRouter();
    router.deps.findConfig = () => Promise.resolve({ ...CONFIG, endpoints });
    expect((await tried(router, KEYED)).slice(0, 2)).toEqual(['claim', 'write']);
  });

  it('is one that is read from its row', async () => {
    const body = JSON.stringify({ note: 'x'.repeat(20_000) });
    expect((await tried(makeRouter(), { ...KEYED, body })).slice(0, 3)).toEqual([
      'claim',
      'write',
      'attempt',
    ]);
  });

  it('is one that the dispatcher does not take', async () => {
    const router = makeRouter();
    const first = makeFirstAttempts({
      ...router.deps,
      dispatchDirectly: () => undefined,
      claimIds: (events) => Promise.resolve(events.map(({ id }) => id)),
      writeAttempted: () => Promise.reject(new Error('not begun')),
      now: () => new Date(),
    });
    await routeEvents({ ...router.deps, dispatchDirectly: () => undefined, first }, [
      router.message('a', KEYED),
    ]);
    expect(router.steps).toEqual(['write', 'sent', 'ack a', 'announce PENDING']);
  });
});

describe('of two events with one key', () => {
  /** All count as the first of them. */
  function makeOneKeyRouter() {
    let owner: string | undefined;
    return makeRouter({ ids: (own) => own.map((id) => (owner ??= id)) });
  }

  it('the second is written when the first is, and not before', async () => {
    const { deps, steps, message, underWay } = makeOneKeyRouter();
    await routeEvents(deps, [message('a', KEYED)]);
    const second = routeEvents(deps, [message('b', KEYED)]);
    await turn();
    expect(steps).toEqual(['claim', 'attempt', 'claim']);
    const { end, finish } = only(underWay);
    await end(DELIVERED);
    finish();
    await second;
    expect(steps.filter((step) => step.startsWith('write'))).toEqual(['write as attempted', 'write']);
  });

  it('the second does not wait for one that will not be written', async () => {
    const { deps, steps, message, underWay } = makeOneKeyRouter();
    await routeEvents(deps, [message('a', KEYED)]);
    only(underWay).fail();
    await turn();
    await routeEvents(deps, [message('b', KEYED)]);
    expect(steps.slice(2)).toEqual(['requeue a', 'claim', 'write', 'attempt', 'announce PENDING']);
  });
});
