import os from 'node:os';
import { setTimeout } from 'node:timers/promises';
import {
  makeExpressionRunner,
  type ExpressionRunner,
  type RunnerSettings,
} from '../../../src/shape/expression-runner';
import { waitUntil } from '../../support/wait-until';

const runners: ExpressionRunner[] = [];
function runnerWith(settings: Partial<RunnerSettings> = {}): ExpressionRunner {
  const runner = makeExpressionRunner(settings);
  runners.push(runner);
  return runner;
}
afterEach(() => {
  for (const runner of runners.splice(0)) runner.close();
});

const tenantId = 'ten_good';

describe('an expression', () => {
  // What is wrong with them is told whatever else the machine does; the bound on time has tests of its own.
  const runner = makeExpressionRunner({ timeoutMs: 5000 });
  afterAll(() => runner.close());
  const resultOf = async (expression: string, input: string): Promise<string | undefined> => {
    const result = await runner.runJson({ tenantId, expression, input });
    if (!result.ok) throw new Error(result.reason);
    return result.value;
  };
  const reasonOf = async (expression: string, input = '{}'): Promise<string> => {
    const result = await runner.runJson({ tenantId, expression, input });
    return result.ok ? `gave ${result.value}` : result.reason;
  };

  it('makes a value of its input', async () => {
    const input = { data: { total: 7, items: [{ sku: 'a' }, { sku: 'b' }] } };
    expect(
      await runner.run({ tenantId, expression: '{"skus": data.items.sku, "sum": data.total * 2}', input }),
    ).toEqual({ ok: true, value: { skus: ['a', 'b'], sum: 14 } });
  });

  it('gives nothing where nothing is found', async () => {
    expect(await runner.run({ tenantId, expression: 'data.absent', input: { data: {} } })).toEqual({
      ok: true,
      value: undefined,
    });
  });

  it.each([
    ['passes it on', 'id', '12345678901234567890'],
    ['passes a decimal on', 'price', '0.12345678901234567891'],
    ['puts it in a text', '"order " & id', '"order 12345678901234567890"'],
    ['finds it equal to its like only', '[id = same, id = other]', '[true,false]'],
    ['takes it for true', 'id ? "yes" : "no"', '"yes"'],
    [
      'keeps it beside a change',
      '$ ~> |$|{"price": 1}, ["same", "other"]|',
      '{"id":12345678901234567890,"price":1}',
    ],
  ])('keeps every digit of a number beyond a double: %s', async (_what, expression, expected) => {
    const input =
      '{"id":12345678901234567890,"price":0.12345678901234567891,"same":12345678901234567890,"other":12345678901234567891}';
    expect(await resultOf(expression, input)).toBe(expected);
  });

  it('refuses to calculate with a number that a double does not hold', async () => {
    expect(await reasonOf('id + 1', '{"id":12345678901234567890}')).toMatch(
      /left side.*must evaluate to a number/,
    );
    expect(await resultOf('$number($string(id)) + 1', '{"id":12345678901234567890}')).toBe(
      '12345678901234567000',
    );
  });

  it('says why it failed and where, and nothing of its input', async () => {
    expect(await reasonOf('data.total * 2', '{"data":{"total":"much"}}')).toBe(
      'The left side of the "*" operator must evaluate to a number (at character 12)',
    );
    const secret = '{"data":{"card":"4111-1111"}}';
    expect(await reasonOf('$number(data.card)', secret)).toBe(
      'Unable to cast value to a number: … (at character 8)',
    );
    expect(await reasonOf('data.card < 5', secret)).not.toContain('4111');
    expect(await reasonOf('{data.card: 1, "4111-1111": 2}', secret)).not.toContain('4111');
  });

  it.each([
    ['its result holds a function', 'function($x){$x}'],
    ['its result has more than 262144 bytes', '[1..90000]'],
    ['Attempted to invoke a non-function', '$eval("1+1")'],
    ['The maximum sequence length', '[1..10000000]'],
    ['Stack overflow', '($f := function($x){1 + $f($x)}; $f(1))'],
  ])('is refused: %s', async (reason, expression) => {
    expect(await reasonOf(expression)).toContain(reason);
  });

  it('sees nothing of the process: no environment, no modules, no prototypes', async () => {
    for (const expression of [
      'process',
      'constructor',
      '$.constructor',
      '__proto__',
      '$string.constructor',
      '$lookup($, "constructor")',
    ])
      expect(await resultOf(expression, '{"a":1}')).toBeUndefined();
  });

  it('is checked without being run', async () => {
    expect(await runner.check({ tenantId, expression: '{"a": data.b}' })).toEqual({ ok: true });
    expect(await runner.check({ tenantId, expression: '{"a": data.b' })).toEqual({
      ok: false,
      reason: 'Expected "}" before end of expression (at character 12)',
      position: 12,
    });
    const deep = `${'('.repeat(300)}1${')'.repeat(300)}`;
    expect(await runner.check({ tenantId, expression: deep })).toEqual({
      ok: false,
      reason: 'the expression is nested too deeply or too large',
    });
  });
});

/** Each would hang or end a process that evaluated it on its main thread, or in a thread beside it. */
const HOSTILE: [string, string][] = [
  ['endless recursion', '($f := function($x){ $f($x + 1) }; $f(1))'],
  ['a regex that backtracks for ever', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)'],
  ['a text that takes all memory', '$pad("", 500000000)'],
  [
    'a text that is doubled until it fills the memory',
    '($f := function($s,$n){ $n=0 ? $length($s) : $f($s & $s,$n-1) }; $f("aaaaaaaa",24))',
  ],
  [
    'an array that is larger than V8 allows',
    '($f := function($s,$n){ $n=0 ? $split($s,"") : $f($s & $s,$n-1) }; $f("aaaaaaaa",24))',
  ],
  ['a long loop in a loop', '[1..90000].($x := $; [1..90000].($x * $))'],
];

describe('a hostile expression', () => {
  it.each(HOSTILE)(
    'ends within its bound and its neighbour is not kept waiting: %s',
    async (_what, expression) => {
      const runner = runnerWith();
      /** How long it took; for ever when it was not answered. */
      const neighbour = async (): Promise<number> => {
        const at = performance.now();
        const result = await runner.run({ tenantId, expression: 'a', input: { a: 1 } });
        return result.ok && result.value === 1 ? performance.now() - at : Number.POSITIVE_INFINITY;
      };
      // Two at once, so that two processes are ready.
      await Promise.all([neighbour(), runner.run({ tenantId: 'ten_other', expression: '1', input: {} })]);
      const at = performance.now();
      const state = { isDone: false };
      const attack = Promise.all(
        Array.from({ length: 8 }, () => runner.runJson({ tenantId: 'ten_bad', expression, input: '{}' })),
      ).finally(() => (state.isDone = true));
      const waits: number[] = [];
      while (!state.isDone) waits.push(await neighbour());
      const results = await attack;
      expect(results.every(({ ok }) => !ok)).toBe(true);
      // The first runs; four wait in the slow lane; the others are turned away. That lane has what others leave of a busy machine.
      expect(performance.now() - at).toBeLessThan(20 * 1000);
      waits.sort((a, b) => a - b);
      // Behind the attack they would wait for seconds; the rest is what a busy machine makes of a quick answer.
      expect(waits[Math.floor(waits.length * 0.5)]).toBeLessThan(100);
      expect(waits[Math.floor(waits.length * 0.95)]).toBeLessThan(1000);
    },
    40_000,
  );

  it('does not take the process down that parses it', async () => {
    const runner = runnerWith();
    const expression = `${'('.repeat(60)}a${'?:a)'.repeat(60)}`;
    expect(await runner.check({ tenantId, expression })).toMatchObject({ ok: false });
    // Another's: its own go to the slow lane now, which a busy machine has little time for.
    expect(await runner.check({ tenantId: 'another tenant', expression: 'a?:b' })).toEqual({ ok: true });
  });

  it('sends its tenant to the slow lane, which tenants share, and lets it out again', async () => {
    const runner = runnerWith({ timeoutMs: 60, slowLane: { forMs: 4000, waitingPerTenant: 1 } });
    const run = (tenant: string, expression: string) =>
      runner.run({ tenantId: tenant, expression, input: {} });
    const loop = '($f := function($x){ $f($x + 1) }; $f(1))';
    const together = await Promise.all([run('ten_a', loop), run('ten_b', loop)]);
    expect(together).toEqual([
      { ok: false, reason: 'it took more than 60 ms' },
      { ok: false, reason: 'it took more than 60 ms' },
    ]);
    const at = performance.now();
    const inTurn = await Promise.all([
      run('ten_a', loop),
      run('ten_b', loop),
      run('ten_a', '1'),
      run('ten_a', '1'),
    ]);
    // One after the other, each at least four fifths of its bound.
    expect(performance.now() - at).toBeGreaterThan(90);
    expect(inTurn[3]).toMatchObject({
      ok: false,
      reason: expect.stringContaining('few of its expressions') as string,
    });
    // Asked at once, a busy machine would take more than its bound for what runs at the lowest priority, and keep it there.
    await waitUntil(async () => {
      await setTimeout(4100);
      const results = await Promise.all([run('ten_a', '1'), run('ten_a', '1'), run('ten_a', '1')]);
      return results.every(({ ok }) => ok);
    }, 40_000);
  }, 60_000);
});

describe('the process of the slow lane', () => {
  const loop = '($f := function($x){ $f($x + 1) }; $f(1))';
  const { setPriority } = os;
  const priorities = jest.spyOn(os, 'setPriority');
  beforeEach(() => priorities.mockReset());
  afterAll(() => {
    priorities.mockRestore();
  });

  it('has the lowest priority, is no process of others, and ends with the lane where there is no other', async () => {
    const lowered: number[] = [];
    priorities.mockImplementation((pid: number, priority?: number) => {
      lowered.push(pid);
      expect(priority).toBe(os.constants.priority.PRIORITY_LOW);
      setPriority(pid, priority ?? 0);
    });
    const settings = { processes: 2, timeoutMs: 2000, slowLane: { forMs: 3000, waitingPerTenant: 4 } };
    const runner = runnerWith(settings);
    const run = (tenant: string, expression: string) =>
      runner.run({ tenantId: tenant, expression, input: {} });
    await run('ten_bad', loop);
    expect(lowered).toEqual([]);
    const slow = run('ten_bad', '1');
    expect(await run(tenantId, '1')).toEqual({ ok: true, value: 1 });
    expect(await slow).toEqual({ ok: true, value: 1 });
    expect(await run('ten_bad', '2')).toEqual({ ok: true, value: 2 });
    expect(lowered).toHaveLength(1);
    expect(os.getPriority(lowered[0] ?? 0)).toBe(os.constants.priority.PRIORITY_LOW);
    // Two at once, so that both are wanted.
    await waitUntil(async () => {
      await Promise.all([run(tenantId, '1'), run('ten_other', '1')]);
      return hasEnded(lowered[0] ?? 0);
    }, 10_000);
  });

  it('competes as before where the system does not allow that', async () => {
    priorities.mockImplementation(() => {
      throw new Error('EACCES');
    });
    const runner = runnerWith({ timeoutMs: 1000 });
    await runner.run({ tenantId, expression: loop, input: {} });
    expect(await runner.run({ tenantId, expression: '1', input: {} })).toEqual({ ok: true, value: 1 });
    expect(priorities).toHaveBeenCalledTimes(1);
  });
});

function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

describe('the runner', () => {
  it('lets tenants take turns and runs all of them', async () => {
    const runner = runnerWith({ processes: 1 });
    const order: string[] = [];
    const run = (tenant: string) =>
      runner.run({ tenantId: tenant, expression: '1', input: {} }).then(() => order.push(tenant));
    await Promise.all([run('ten_a'), run('ten_a'), run('ten_a'), run('ten_b'), run('ten_b')]);
    expect(order).toEqual(['ten_a', 'ten_b', 'ten_a', 'ten_b', 'ten_a']);
  });

  it('turns away what a tenant has too much of, and too large an input', async () => {
    const runner = runnerWith({ waitingPerTenant: 2, inputBytes: 100 });
    const run = (input: unknown) => runner.run({ tenantId, expression: '1', input });
    const results = await Promise.all([run({}), run({}), run({}), run('x'.repeat(101))]);
    expect(results.map((result) => (result.ok ? result.value : result.reason))).toEqual([
      1,
      1,
      'too many expressions of this tenant are waiting',
      'its input has more than 100 bytes',
    ]);
  });

  it('answers what waits when it is closed, and takes nothing more', async () => {
    const runner = runnerWith();
    const waiting = runner.run({ tenantId, expression: '1', input: {} });
    runner.close();
    expect(await waiting).toEqual({ ok: false, reason: 'this process is stopping' });
    expect(await runner.run({ tenantId, expression: '1', input: {} })).toEqual({
      ok: false,
      reason: 'this process is stopping',
    });
  });
});
