import type { Attempt, Verdict } from '../../../src/domain/delivery/outcome';
import { makeOutcomeWatch, type OutcomeDeps } from '../../../src/gate/watch-outcomes';
import { makeEndpoint } from '../made-up-tenant';

const DAY_MS = 86_400_000;

function watch() {
  let now = 1_000_000;
  let isOpen = false;
  const told: unknown[][] = [];
  const tell =
    (what: string) =>
    (...facts: unknown[]): Promise<void> => {
      told.push([what, ...facts.slice(1)]);
      return Promise.resolve();
    };
  const deps: OutcomeDeps = {
    rules: { failures: 3, spanMs: 1000, probeMs: 1000, maxProbeMs: 1000 },
    isOpen: () => isOpen,
    openCircuit: (...facts) => {
      isOpen = true;
      return tell('open')(...facts);
    },
    throttle: tell('throttle'),
    markFailing: tell('failing'),
    giveUp: tell('give up'),
  };
  const outcomes = makeOutcomeWatch(deps, () => now);
  const see = (error: Attempt['error'], verdict: Verdict, endpoint = makeEndpoint()) => {
    const attempt = { number: 1, at: new Date(now), durationMs: 1, requestHeaders: {}, requestBody: null };
    return outcomes.seen(endpoint, error ? { ...attempt, error } : attempt, verdict);
  };
  const fail = (endpoint = makeEndpoint()) => see('TIMEOUT', { kind: 'retry', delaySeconds: 1 }, endpoint);
  return { told, see, fail, pass: (ms: number) => (now += ms), nowMs: () => now };
}

describe('watching outcomes', () => {
  it('opens a circuit once, after failures in a row', async () => {
    const { told, fail, see, pass } = watch();
    for (let n = 0; n < 2; n++) await fail();
    await see(undefined, { kind: 'delivered' });
    pass(2000);
    for (let n = 0; n < 2; n++) await fail();
    expect(told).toEqual([]);
    pass(1000);
    for (let n = 0; n < 5; n++) await fail();
    expect(told.map(([what]) => what)).toEqual(['open']);
  });

  it('throttles once for all that were under way, and counts how often in a row', async () => {
    const { told, see, pass } = watch();
    const ask = () => see('HTTP_429', { kind: 'hold', because: 'RETRY_AFTER', askedSeconds: 2 });
    await Promise.all([ask(), ask(), ask()]);
    pass(2500);
    await ask();
    expect(told).toEqual([
      ['throttle', 2000, 1],
      ['throttle', 2000, 2],
    ]);
  });

  it('puts failures on record that have lasted five minutes, and takes them off with the first success', async () => {
    const { told, fail, see, pass, nowMs } = watch();
    const since = new Date(nowMs());
    await fail();
    pass(4 * 60_000);
    await fail();
    pass(60_000);
    for (let n = 0; n < 3; n++) await fail();
    await see(undefined, { kind: 'delivered' }, makeEndpoint({ failingSince: since }));
    expect(told.filter(([what]) => what === 'failing')).toEqual([
      ['failing', since],
      ['failing', null],
    ]);
  });

  it('gives up an endpoint that has only failed for five days, and never for a 429', async () => {
    const { told, see, fail, pass, nowMs } = watch();
    const failing = makeEndpoint({ failingSince: new Date(nowMs()) });
    pass(5 * DAY_MS - 1);
    await fail(failing);
    expect(told.map(([what]) => what)).not.toContain('give up');
    pass(1);
    await see('HTTP_503', { kind: 'hold', because: 'RETRY_AFTER', askedSeconds: 2 }, failing);
    expect(told.map(([what]) => what)).not.toContain('give up');
    await fail(failing);
    expect(told.at(-1)).toEqual(['give up', failing.failingSince]);
  });
});
