import type { DeliverDeps } from '../../../../src/deliver/attempt-delivery';
import type { RecordDeps } from '../../../../src/record/record-outcome';
import type { Platform } from '../../../../src/roles/platform';
import { attemptAndRecord } from '../../../../src/roles/worker/attempt-and-record';
import { makeDue } from '../../made-up-tenant';

/** How a first attempt goes on that has its turn, in which nothing is on record of it yet. */
async function firstAttempt(turn: number | Promise<number>, queuedAtMs: number) {
  const stateOf = jest.fn(() => Promise.resolve(undefined));
  const findEndpoint = jest.fn(() => Promise.reject(new Error('it is sent')));
  const end = jest.fn();
  const parts = {
    turns: { begin: () => turn, sent: () => undefined, end },
    deliver: { stateOf, findEndpoint } as unknown as DeliverDeps,
    record: {} as RecordDeps,
  };
  const intoFirstWrite = () => Promise.resolve(undefined);
  const how = { redelivered: false, released: undefined, intoFirstWrite };
  const due = makeDue({ queuedAtMs });
  const outcome = await attemptAndRecord({} as Platform, parts, due, how).catch((error: unknown) => error);
  expect(end.mock.calls).toEqual([[due.endpointId, 7]]);
  return { outcome, isLookedUp: stateOf.mock.calls.length > 0 };
}

describe('a first attempt that comes before its row', () => {
  const old = Date.now() - 5000;

  it('is sent without a look where it has its turn at once', async () => {
    expect(await firstAttempt(7, old)).toEqual({ outcome: new Error('it is sent'), isLookedUp: false });
  });

  it('is looked up where it waited for its turn: it is on record by then, and may have been cancelled', async () => {
    expect(await firstAttempt(Promise.resolve(7), old)).toEqual({ outcome: 'nothing', isLookedUp: true });
  });
});
