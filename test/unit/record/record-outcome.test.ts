import type { DeliveryStatus } from '../../../src/domain/delivery/delivery-status';
import type { Attempt, Verdict } from '../../../src/domain/delivery/outcome';
import type { DeliveryChange } from '../../../src/messages/delivery-change';
import type { DeliveryDue } from '../../../src/messages/delivery-due';
import { recordOutcome, resumeAfterRecord } from '../../../src/record/record-outcome';
import type { OutcomeToRecord } from '../../../src/domain/delivery/recorded-outcome';
import type { OperationalEvent, RecordDeps } from '../../../src/record/record-outcome';
import { ENDPOINT, TENANT, makeDue } from '../made-up-tenant';

const RETRY: Verdict = { kind: 'retry', delaySeconds: 30 };
const DEAD: Verdict = { kind: 'dead', endpointGone: false };
const GONE: Verdict = { kind: 'dead', endpointGone: true };
const NEXT_STATUS: Record<Verdict['kind'], DeliveryStatus> = {
  delivered: 'DELIVERED',
  retry: 'RETRYING',
  dead: 'DEAD_LETTERED',
  hold: 'HELD',
  cancel: 'CANCELLED',
};

const attemptWith = (error?: Attempt['error']): Attempt => ({
  number: 1,
  at: new Date(),
  durationMs: 5,
  requestHeaders: {},
  requestBody: null,
  ...(error ? { error } : {}),
});

/** A recorder whose broker and database are in memory; everything it does is noted in order. */
function makeRecorder(changes: Partial<RecordDeps> = {}) {
  const steps: string[] = [];
  const writes: OutcomeToRecord[] = [];
  const sent: DeliveryDue[] = [];
  const told: OperationalEvent[] = [];
  const announced: DeliveryChange[] = [];
  const note = async (step: string): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(step);
  };
  const deps: RecordDeps = {
    now: () => new Date(),
    async write(outcome) {
      await note('write');
      writes.push(outcome);
      return {
        applied: true,
        status: NEXT_STATUS[outcome.verdict.kind],
        generation: outcome.generation,
        seq: 9,
      };
    },
    async sendToRung(rungName, due) {
      await note(`rung ${rungName}`);
      sent.push(due);
    },
    async sendToDeadLetters(due, lastError) {
      await note(`dead ${lastError}`);
      sent.push(due);
    },
    disableEndpoint: (tenantId, endpointId) =>
      note(`disable ${tenantId === TENANT && endpointId === ENDPOINT}`),
    async publishOperational(event) {
      await note(`tell ${event.type}`);
      told.push(event);
    },
    nudgeGate: () => undefined,
    announce(change) {
      steps.push(`announce ${change.status}`);
      announced.push(change);
    },
    async persistently(_what, work) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await work(attempt);
        } catch (error) {
          if (attempt === 3) throw error;
        }
      }
    },
    ...changes,
  };
  return { deps, steps, writes, sent, told, announced };
}

describe('an outcome on record', () => {
  it('of a delivered webhook is announced, and nothing follows', async () => {
    const { deps, steps, writes } = makeRecorder();
    await recordOutcome(deps, makeDue(), { attempt: attemptWith(), verdict: { kind: 'delivered' } });
    expect(steps).toEqual(['write', 'announce DELIVERED']);
    expect(writes[0]?.nextAttemptAt).toBeUndefined();
  });

  it('that asks for a retry goes to the rung it was recorded with, as the next attempt', async () => {
    const { deps, steps, writes, sent } = makeRecorder();
    const due = makeDue({ attempt: 2, generation: 3, runStart: 1 });
    const startMs = Date.now();
    await recordOutcome(deps, due, { attempt: attemptWith('TIMEOUT'), verdict: RETRY });
    expect(steps).toEqual(['write', expect.stringMatching(/^rung 30(-85|-115)?$/), 'announce RETRYING']);
    expect(sent).toEqual([{ ...due, attempt: 3 }]);
    const percent = Number(/-(\d+)$/.exec(steps[1] ?? '')?.[1] ?? 100);
    const leftMs = (writes[0]?.nextAttemptAt?.getTime() ?? 0) - startMs;
    expect(Math.abs(leftMs - 300 * percent)).toBeLessThan(1000);
    expect(writes[0]).toMatchObject({ number: 2, generation: 3, deliveryId: due.id, tenantId: TENANT });
  });

  it('of a delivery that is dead goes to the dead letters, and the tenant is told', async () => {
    const { deps, steps, told } = makeRecorder();
    const due = makeDue({ attempt: 10 });
    await recordOutcome(deps, due, { attempt: attemptWith('HTTP_500'), verdict: DEAD });
    expect(steps).toEqual([
      'write',
      'dead HTTP_500',
      'tell warren.delivery.dead_lettered',
      'announce DEAD_LETTERED',
    ]);
    expect(told[0]).toMatchObject({
      tenantId: TENANT,
      data: {
        deliveryId: due.id,
        eventId: due.eventId,
        endpointId: ENDPOINT,
        attempts: 10,
        lastError: 'HTTP_500',
      },
    });
  });

  it('of 410 Gone disables the endpoint as well, and tells of that', async () => {
    const { deps, steps } = makeRecorder();
    await recordOutcome(deps, makeDue(), { attempt: attemptWith('HTTP_410'), verdict: GONE });
    expect(steps).toEqual([
      'write',
      'dead HTTP_410',
      'disable true',
      'tell warren.delivery.dead_lettered',
      'tell warren.endpoint.disabled',
      'announce DEAD_LETTERED',
    ]);
  });

  it('of one of Warren’s own events causes no further events', async () => {
    const { deps, told, steps } = makeRecorder();
    const due = makeDue({ type: 'warren.delivery.dead_lettered' });
    await recordOutcome(deps, due, { attempt: attemptWith('HTTP_410'), verdict: GONE });
    expect(told).toEqual([]);
    expect(steps).toEqual(['write', 'dead HTTP_410', 'disable true', 'announce DEAD_LETTERED']);
  });

  it.each<Verdict>([
    { kind: 'hold', because: 'PAUSED' },
    { kind: 'cancel', because: 'ENDPOINT_DELETED' },
  ])('of no request at all ($kind) is announced with the attempts made so far', async (verdict) => {
    const { deps, steps, announced } = makeRecorder();
    await recordOutcome(deps, makeDue({ attempt: 4 }), { verdict });
    expect(steps).toEqual(['write', `announce ${NEXT_STATUS[verdict.kind]}`]);
    expect(announced[0]).toMatchObject({ attempt: 3, seq: 9 });
  });

  it('that came too late changes nothing and sends nothing', async () => {
    const late = { applied: false, status: 'CANCELLED', generation: 1, seq: 0 } as const;
    const { deps, steps } = makeRecorder({ write: () => Promise.resolve(late) });
    for (const verdict of [RETRY, DEAD, { kind: 'delivered' } as const]) {
      expect(await recordOutcome(deps, makeDue(), { attempt: attemptWith('HTTP_410'), verdict })).toEqual(
        late,
      );
    }
    expect(steps).toEqual([]);
  });

  it('is announced, and may be acked, only after what follows is confirmed', async () => {
    const { deps, steps } = makeRecorder({ sendToRung: () => Promise.reject(new Error('nack')) });
    await expect(
      recordOutcome(deps, makeDue(), { attempt: attemptWith('DNS'), verdict: RETRY }),
    ).rejects.toThrow('nack');
    expect(steps).toEqual(['write']);
  });

  it.each<[Verdict, RegExp]>([
    [RETRY, /^rung 30/],
    [DEAD, /^dead TIMEOUT/],
  ])('sends on what follows although the answer to its commit was lost: %j', async (verdict, expected) => {
    const recorder = makeRecorder();
    let tries = 0;
    // The first try was committed; the second finds the attempt on record, so it has nothing to apply.
    recorder.deps.write = ({ generation }) =>
      tries++ === 0
        ? Promise.reject(new Error('the connection was lost at commit'))
        : Promise.resolve({ applied: false, status: NEXT_STATUS[verdict.kind], generation, seq: 0 });
    await recordOutcome(recorder.deps, makeDue(), { attempt: attemptWith('TIMEOUT'), verdict });
    expect(recorder.steps).toContainEqual(expect.stringMatching(expected));
  });
});

describe('what follows from an outcome that was recorded before a crash', () => {
  const LADDER = [5, 30, 120];
  const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
  const resume = async (state: Parameters<typeof resumeAfterRecord>[2], due = makeDue({ attempt: 2 })) => {
    const recorder = makeRecorder();
    await resumeAfterRecord(recorder.deps, due, state, LADDER);
    return recorder;
  };

  it.each([
    [200, '120'],
    [100, '30'],
    [31, '30'],
    [6, '5'],
    [1, '5'],
    [-1000, '5'],
  ])('is the next attempt, due in %i s, on the rung of %s s', async (seconds, rung) => {
    const state = { status: 'RETRYING', lastError: 'TIMEOUT', nextAttemptAt: inSeconds(seconds) } as const;
    const { steps, sent } = await resume(state);
    expect(steps).toEqual([`rung ${rung}`]);
    expect(sent[0]?.attempt).toBe(3);
  });

  it('is the least rung when nobody knows when it was due', async () => {
    expect((await resume({ status: 'RETRYING', lastError: null, nextAttemptAt: null })).steps).toEqual([
      'rung 5',
    ]);
  });

  it('is the dead letter and what it brings', async () => {
    const state = { status: 'DEAD_LETTERED', lastError: 'HTTP_410', nextAttemptAt: null } as const;
    expect((await resume(state)).steps).toEqual([
      'dead HTTP_410',
      'disable true',
      'tell warren.delivery.dead_lettered',
      'tell warren.endpoint.disabled',
    ]);
  });

  it('is told under the same keys, so that it counts once', async () => {
    const due = makeDue({ attempt: 3 });
    const first = makeRecorder();
    await recordOutcome(first.deps, due, { attempt: attemptWith('HTTP_410'), verdict: GONE });
    const again = await resume({ status: 'DEAD_LETTERED', lastError: 'HTTP_410', nextAttemptAt: null }, due);
    expect(again.told.map(({ key }) => key)).toEqual(first.told.map(({ key }) => key));
    expect(new Set(first.told.map(({ key }) => key)).size).toBe(2);
  });

  it.each(['DELIVERED', 'HELD', 'CANCELLED', 'PENDING'] as const)('is nothing for %s', async (status) => {
    expect((await resume({ status, lastError: null, nextAttemptAt: null })).steps).toEqual([]);
  });
});
