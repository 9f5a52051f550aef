import type { Attempt } from '../../../../src/domain/delivery/outcome';
import type { Platform } from '../../../../src/roles/platform';
import { watchOutcomes } from '../../../../src/roles/worker/outcomes';
import { makeLogger } from '../../../../src/runtime/logger';
import { makeEndpoint } from '../../made-up-tenant';

const NOW = new Date('2026-03-01T12:00:00Z');

/** A worker whose own clock is far from the database's. */
function makeWorker() {
  const written: unknown[] = [];
  const platform = {
    config: { circuit: { failures: 1, spanMs: 0, probeMs: 1000, maxProbeMs: 1000 } },
    database: {
      write: (_sql: string, parameters: unknown[]) => Promise.resolve(written.push(...parameters)),
    },
    clock: { now: () => NOW },
    catalog: {},
    outlets: {},
    logger: makeLogger('silent'),
    gateHints: { board: { passingReason: () => undefined }, announce: () => undefined },
    persistently: (_what: string, work: (attempt: number) => Promise<unknown>) => work(0),
  } as unknown as Platform;
  const times = (): number[] => written.flatMap((one) => (one instanceof Date ? [one.getTime()] : []));
  return { outcomes: watchOutcomes(platform), times };
}

const attempt = (error: Attempt['error']) =>
  ({ number: 1, at: new Date(), durationMs: 1, requestHeaders: {}, requestBody: null, error }) as Attempt;

describe('what a worker writes of an endpoint that is in trouble is by the clock of the database:', () => {
  it('until when a receiver asked to be left alone', async () => {
    const { outcomes, times } = makeWorker();
    const verdict = { kind: 'hold', because: 'RETRY_AFTER', askedSeconds: 60 } as const;
    await outcomes.seen(makeEndpoint(), attempt('HTTP_429'), verdict);
    expect(times()).toEqual([NOW.getTime() + 60_000]);
  });

  it('when its circuit opened, and when it is probed', async () => {
    const { outcomes, times } = makeWorker();
    await outcomes.seen(makeEndpoint(), attempt('TIMEOUT'), { kind: 'retry', delaySeconds: 5 });
    const [openedAt, probeAt = 0] = times();
    expect(openedAt).toBe(NOW.getTime());
    expect(Math.abs(probeAt - NOW.getTime() - 1000)).toBeLessThanOrEqual(100);
  });
});
