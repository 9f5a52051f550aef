import { deliveryIdFor, newId } from '../../../src/domain/ids';
import type { ReplayJob, ReplayStep } from '../../../src/domain/replay';
import type { DeliveryDue } from '../../../src/messages/delivery-due';
import { makeReplayRunner, type ReplayDeps, type ReplayReport } from '../../../src/replay/run-replays';

const [endpointId, subscriptionId, tenantId] = [newId('endpoint'), newId('subscription'), newId('tenant')];
const FIRST = Buffer.alloc(16, 1);
const SECOND = Buffer.alloc(16, 2);

function makeJob(changes: Partial<ReplayJob> = {}): ReplayJob {
  return {
    ...{ id: newId('replay'), tenantId, status: 'RUNNING', selection: { endpointId }, backfills: false },
    ...{
      total: 10,
      done: 0,
      skipped: 0,
      error: null,
      requestedBy: null,
      createdAt: new Date(),
      finishedAt: null,
    },
    ...{ phase: 'deliveries', reached: null, unsent: [], configVersion: 7 },
    ...changes,
  };
}

const dueOf = (id: string): DeliveryDue => ({
  ...{ id, tenantId, tenantSlug: 'acme', eventId: newId('event'), type: 'order.placed', version: 1 },
  ...{
    occurredAtMs: 0,
    endpointId,
    subscriptionId,
    attempt: 3,
    runStart: 2,
    generation: 1,
    configVersion: 7,
  },
  ...{ queuedAtMs: 0, stored: false, data: Buffer.from('{}') },
});

/** A runner over a replay that makes these steps, one a turn. */
function underTest(job: ReplayJob, steps: ReplayStep[], changes: Partial<ReplayDeps> = {}) {
  const sent: string[] = [];
  const announced: number[] = [];
  const reports: ReplayReport[] = [];
  const failures: string[] = [];
  const deps: ReplayDeps = {
    claim: () => Promise.resolve(job),
    readyCount: () => Promise.resolve(0),
    findConfig: () =>
      Promise.resolve({
        slug: 'acme',
        endpoints: new Set([endpointId]),
        subscriptions: new Set([subscriptionId]),
        subscribersOf: () => [],
        targetsOf: () => Promise.resolve([]),
      }),
    restartNext: () => Promise.resolve(steps.shift() ?? { kind: 'phase-ended' }),
    readEvents: () => Promise.resolve({ events: [], reached: undefined }),
    fillNext: () => Promise.resolve(steps.shift() ?? { kind: 'phase-ended' }),
    endPhase: () => Promise.resolve(true),
    fail: (_job, error) => Promise.resolve(void failures.push(error)),
    dueMessages: (ids) => Promise.resolve(ids.map(dueOf)),
    sendReplayed: ({ id }) => Promise.resolve(void sent.push(id)),
    announce: ({ seq }) => void announced.push(seq),
    nudgeGate: () => undefined,
    persistently: (_what, work) => work(0),
    observe: (report) => void reports.push(report),
    ...changes,
  };
  return {
    runner: makeReplayRunner(deps, { maxWaiting: 100, failAfterMs: 0 }),
    sent,
    announced,
    reports,
    failures,
  };
}

const moved = (ids: string[], reached = FIRST): ReplayStep => ({
  kind: 'moved',
  moved: ids.map((id, index) => ({ id, seq: index + 1 })),
  reached,
});

describe('a turn', () => {
  it('sends what its transaction has moved, and tells of each change', async () => {
    const ids = [newId('delivery'), newId('delivery')];
    const { runner, sent, announced } = underTest(makeJob(), [moved(ids)]);
    expect(await runner.replayNext()).toBe(2);
    expect(sent).toEqual(ids);
    expect(announced).toEqual([1, 2]);
  });

  it('first sends once more what a runner before it may not have sent', async () => {
    const [lost, next] = [newId('delivery'), newId('delivery')];
    const job = makeJob({ reached: FIRST, unsent: [lost] });
    const { runner, sent } = underTest(job, [moved([next], SECOND)]);
    await runner.replayNext();
    expect(sent).toEqual([lost, next]);
  });

  it('does not send again what it knows to be sent', async () => {
    const [one, two] = [newId('delivery'), newId('delivery')];
    const job = makeJob();
    const { runner, sent } = underTest(job, [moved([one]), moved([two], SECOND)]);
    await runner.replayNext();
    Object.assign(job, { reached: FIRST, unsent: [one] });
    await runner.replayNext();
    expect(sent).toEqual([one, two]);
  });

  it('sends again when another runner has gone further meanwhile', async () => {
    const [one, theirs] = [newId('delivery'), newId('delivery')];
    const job = makeJob();
    const { runner, sent } = underTest(job, [moved([one]), { kind: 'phase-ended' }]);
    await runner.replayNext();
    Object.assign(job, { reached: SECOND, unsent: [theirs] });
    await runner.replayNext();
    expect(sent).toEqual([one, theirs]);
  });

  it('waits while enough is in the queue', async () => {
    const { runner, sent } = underTest(makeJob(), [moved([newId('delivery')])], {
      readyCount: () => Promise.resolve(100),
    });
    expect(await runner.replayNext()).toBeUndefined();
    expect(sent).toEqual([]);
  });

  it('does nothing when no replay is there, without asking the broker', async () => {
    const { runner } = underTest(makeJob(), [], {
      claim: () => Promise.resolve(undefined),
      readyCount: () => Promise.reject(new Error('asked')),
    });
    expect(await runner.replayNext()).toBeUndefined();
  });

  it('takes what goes to an endpoint or a subscription that is there, and nothing else', async () => {
    const answers: boolean[] = [];
    const { runner } = underTest(makeJob(), [], {
      restartNext(_job, isAlive) {
        answers.push(
          isAlive({ endpointId, subscriptionId }),
          isAlive({ endpointId: newId('endpoint'), subscriptionId }),
          isAlive({ endpointId, subscriptionId: newId('subscription') }),
        );
        return Promise.resolve({ kind: 'lost' });
      },
    });
    await runner.replayNext();
    expect(answers).toEqual([true, false, false]);
  });

  it('fills an event with the targets of the selection alone', async () => {
    const other = newId('subscription');
    const filled: string[][] = [];
    const job = makeJob({ phase: 'events', backfills: true, selection: { endpointId, subscriptionId } });
    const target = { endpointId, status: 'PENDING' as const };
    const { runner } = underTest(job, [], {
      findConfig: () =>
        Promise.resolve({
          slug: 'acme',
          ...{ endpoints: new Set<string>(), subscriptions: new Set<string>(), subscribersOf: () => [] },
          targetsOf: () =>
            Promise.resolve([
              { ...target, subscriptionId },
              { ...target, subscriptionId: other },
              { ...target, endpointId: newId('endpoint'), subscriptionId },
            ]),
        }),
      readEvents: () => Promise.resolve({ events: [{ id: newId('event') } as never], reached: FIRST }),
      fillNext(_job, events) {
        filled.push(events.flatMap(({ targets }) => targets.map((one) => one.subscriptionId)));
        return Promise.resolve({ kind: 'lost' });
      },
    });
    await runner.replayNext();
    expect(filled).toEqual([[subscriptionId]]);
  });

  it('leaves what has to wait to its gate, and tells of it', async () => {
    const { id: eventId, ...event } = { id: newId('event'), tenantId, type: 'order.placed' };
    const id = deliveryIdFor(eventId, subscriptionId);
    const changes: unknown[] = [];
    const gates: unknown[] = [];
    const { runner, sent } = underTest(makeJob({ phase: 'events', backfills: true }), [moved([id])], {
      findConfig: () =>
        Promise.resolve({
          slug: 'acme',
          ...{ endpoints: new Set<string>(), subscriptions: new Set<string>(), subscribersOf: () => [] },
          targetsOf: () =>
            Promise.resolve([{ endpointId, subscriptionId, status: 'HELD', heldBecause: 'ORDER' }]),
        }),
      readEvents: () => Promise.resolve({ events: [{ id: eventId, ...event } as never], reached: FIRST }),
      dueMessages: () => Promise.resolve([]),
      announce: (change) => void changes.push(change),
      nudgeGate: (gate) => void gates.push(gate),
    });
    await runner.replayNext();
    expect(sent).toEqual([]);
    expect(gates).toEqual([{ tenantId, endpointId }]);
    expect(changes).toEqual([
      expect.objectContaining({ deliveryId: id, seq: 1, eventId, eventType: 'order.placed', status: 'HELD' }),
    ]);
  });

  it('tells when the replay is through', async () => {
    const job = makeJob();
    const { runner, reports } = underTest(job, [{ kind: 'phase-ended' }]);
    expect(await runner.replayNext()).toBe(0);
    expect(reports).toEqual([{ kind: 'ended', replayId: job.id, tenantId, status: 'COMPLETED' }]);
  });

  it('gives a replay up whose tenant is gone', async () => {
    const { runner, failures } = underTest(makeJob(), [], { findConfig: () => Promise.resolve(undefined) });
    await runner.replayNext();
    expect(failures).toEqual(['The tenant is gone.']);
  });

  it('gives a replay up that only fails, in words that show nothing of the inside', async () => {
    const { runner, failures, reports } = underTest(makeJob(), [], {
      restartNext: () => Promise.reject(new Error('Unknown column')),
    });
    expect(await runner.replayNext()).toBeUndefined();
    expect(failures).toEqual(['It could not go on. What was sent stays sent; ask for the rest again.']);
    expect(reports[0]).toMatchObject({ kind: 'stumbled', error: new Error('Unknown column') });
  });
});
