import { downgrade, type DowngradeDeps } from '../../../src/deliver/downgrade';
import { makeDue } from '../made-up-tenant';

const DATA = Buffer.from('{"n":12345678901234567890}');

/** Expressions only note that they ran. */
function makeDowngrading(changes: Partial<DowngradeDeps> = {}) {
  const evaluate = jest.fn<ReturnType<DowngradeDeps['evaluate']>, Parameters<DowngradeDeps['evaluate']>>(
    (expression, input) => Promise.resolve({ ok: true, value: `[${JSON.stringify(expression)},${input}]` }),
  );
  const downgradesOf = jest.fn(() =>
    Promise.resolve(
      new Map([
        [2, 'to 1'],
        [3, 'to 2'],
        [5, 'to 4'],
      ]),
    ),
  );
  const deps = { downgradesOf, evaluate, ...changes };
  return { deps, evaluate, downgradesOf };
}

describe('an event for a pinned subscriber', () => {
  it('goes through the downgrades of every version in between, newest first', async () => {
    const { deps } = makeDowngrading();
    const result = await downgrade(deps, makeDue({ version: 3, data: DATA }), 1);
    expect(result).toMatchObject({ ok: true, version: 1, isDerived: true });
    expect(result.ok && result.data.toString()).toBe('["to 1",["to 2",{"n":12345678901234567890}]]');
  });

  it.each([
    ['has no pin', null, 3],
    ['is pinned to its version', 3, 3],
    ['is pinned to a newer one', 5, 3],
  ])('goes as it is, byte for byte, when the subscription %s', async (_, pinned, version) => {
    const { deps, downgradesOf } = makeDowngrading();
    const result = await downgrade(deps, makeDue({ version, data: DATA }), pinned);
    expect(result).toEqual({ ok: true, version, data: DATA, isDerived: false });
    expect(downgradesOf).not.toHaveBeenCalled();
  });

  it.each<[string, number, Partial<DowngradeDeps>, string]>([
    ['one is missing on the way', 5, {}, 'From version 4 to 3: the catalog has no downgrade for it.'],
    [
      'one fails',
      3,
      { evaluate: () => Promise.resolve({ ok: false, reason: 'it took more than 250 ms' }) },
      'From version 3 to 2: it took more than 250 ms.',
    ],
    [
      'one gives nothing',
      3,
      { evaluate: () => Promise.resolve({ ok: true, value: undefined }) },
      'From version 3 to 2: the downgrade gives nothing.',
    ],
  ])('is a failure that says so when %s', async (_, version, changes, errorDetail) => {
    const { deps } = makeDowngrading(changes);
    expect(await downgrade(deps, makeDue({ version, data: DATA }), 1)).toEqual({
      ok: false,
      error: 'DOWNGRADE',
      errorDetail,
    });
  });
});
