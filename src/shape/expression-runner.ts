import {
  startChild,
  type Bounds,
  type ChildAnswer,
  type ChildRequest,
  type ExpressionChild,
} from './expression-child';

/**
 * Evaluates tenants' JSONata expressions beside the event loop, within bounds, and fairly:
 * - a tenant has one expression under way at a time, the others of it wait, and tenants take turns;
 * - one whose expression used up its time or memory goes to the slow lane for a minute: all tenants there share one
 *   process of the lowest priority, and what they have too much of fails at once instead of filling the worker's window.
 * Nothing is started before the first expression comes.
 */
export interface ExpressionRunner {
  /** Over a value. Numbers that a double does not hold are lost on the way in: who has JSON text uses `runJson`. */
  run(job: { tenantId: string; expression: string; input: unknown }): Promise<ExpressionResult<unknown>>;
  /** JSON text in, JSON text out, with every digit. The value is undefined when the expression gives nothing. */
  runJson(job: {
    tenantId: string;
    expression: string;
    input: string;
  }): Promise<ExpressionResult<string | undefined>>;
  /** Parses only. In a child too: small expressions exist whose parsing takes all memory. */
  check(job: { tenantId: string; expression: string }): Promise<ExpressionCheck>;
  close(): void;
}

export type ExpressionResult<T> =
  | { ok: true; value: T }
  /** For people, without anything of the payload. */
  | { ok: false; reason: string };

export type ExpressionCheck = { ok: true } | { ok: false; reason: string; position?: number };

export interface RunnerSettings extends Bounds {
  /** Child processes at most. */
  processes: number;
  /** Waiting expressions of one tenant at most. */
  waitingPerTenant: number;
  inputBytes: number;
  slowLane: { forMs: number; waitingPerTenant: number };
}

export const RUNNER_DEFAULTS: RunnerSettings = {
  timeoutMs: 250,
  heapMiB: 64,
  outputBytes: 256 * 1024,
  inputBytes: 1024 * 1024,
  stackDepth: 500,
  sequenceLength: 100_000,
  treeNodes: 5000,
  treeDepth: 200,
  compiledExpressions: 200,
  processes: 4,
  waitingPerTenant: 1000,
  slowLane: { forMs: 60_000, waitingPerTenant: 4 },
};

interface Job {
  request: ChildRequest;
  resolve: (answer: ChildAnswer) => void;
}

const TOO_MANY = { ok: false, reason: 'too many expressions of this tenant are waiting' } as const;
const IN_SLOW_LANE = {
  ok: false,
  reason: 'an expression of this tenant used up its time or memory; for a minute, few of its expressions run',
} as const;
const NOT_STARTED = { ok: false, reason: 'no process could be started for it' } as const;
const CLOSED = { ok: false, reason: 'this process is stopping' } as const;

export function makeExpressionRunner(given: Partial<RunnerSettings> = {}): ExpressionRunner {
  const settings = { ...RUNNER_DEFAULTS, ...given };
  /** In the order of their turns. */
  const waiting = new Map<string, Job[]>();
  const underWay = new Set<string>();
  const slowUntil = new Map<string, number>();
  const children = new Set<ExpressionChild>();
  const idle: ExpressionChild[] = [];
  const leastForSlow = Math.min(2, settings.processes);
  /** Not among the idle: at its priority an expression of anybody else would run out of time. */
  let slowChild: ExpressionChild | undefined;
  let slowLaneIsTaken = false;
  let isStarting = false;
  let isClosed = false;

  function isSlow(tenantId: string): boolean {
    const until = slowUntil.get(tenantId);
    if (until === undefined) return false;
    if (until > Date.now()) return true;
    slowUntil.delete(tenantId);
    return false;
  }

  const isSlowLaneOver = (): boolean => [...slowUntil.values()].every((until) => until <= Date.now());

  function ask(tenantId: string, request: ChildRequest): Promise<ChildAnswer> {
    if (isClosed) return Promise.resolve(CLOSED);
    if (request.input !== undefined && Buffer.byteLength(request.input) > settings.inputBytes) {
      return Promise.resolve({ ok: false, reason: `its input has more than ${settings.inputBytes} bytes` });
    }
    const queue = waiting.get(tenantId) ?? [];
    const slow = isSlow(tenantId);
    if (slow && queue.length >= settings.slowLane.waitingPerTenant) return Promise.resolve(IN_SLOW_LANE);
    if (queue.length >= settings.waitingPerTenant) return Promise.resolve(TOO_MANY);
    waiting.set(tenantId, queue);
    return new Promise((resolve) => {
      queue.push({ request, resolve });
      startWhatMay();
    });
  }

  function startWhatMay(): void {
    for (const [tenantId, queue] of waiting) {
      if (idle.length === 0 && (!slowChild || slowLaneIsTaken)) break;
      if (underWay.has(tenantId)) continue;
      const slow = isSlow(tenantId);
      const child = slow ? takeSlowChild() : idle.pop();
      if (!child) continue;
      const job = queue.shift();
      waiting.delete(tenantId);
      if (queue.length > 0) waiting.set(tenantId, queue);
      if (job) void evaluate(child, tenantId, slow, job);
    }
    // Ready processes more than are needed now: whoever comes next does not wait for a start.
    const spare = slowUntil.size > 0 && !slowChild ? leastForSlow : 1;
    if (idle.length === 0 && children.size === settings.processes && !slowLaneIsTaken && isSlowLaneOver())
      slowChild?.kill();
    if (idle.length < spare && !isStarting && children.size < settings.processes && !isClosed) startOne();
  }

  function takeSlowChild(): ExpressionChild | undefined {
    if (slowLaneIsTaken) return undefined;
    if (slowChild) return slowChild;
    if (idle.length < leastForSlow) return undefined;
    const child = idle.pop();
    // The only one is everybody's.
    if (settings.processes === 1) return child;
    child?.lowerPriority();
    return (slowChild = child);
  }

  async function evaluate(child: ExpressionChild, tenantId: string, slow: boolean, job: Job): Promise<void> {
    underWay.add(tenantId);
    slowLaneIsTaken ||= slow;
    const answer = await child.ask(job.request);
    underWay.delete(tenantId);
    if (slow) slowLaneIsTaken = false;
    if (!answer.ok && answer.spent) penalize(tenantId);
    job.resolve(answer);
    if (children.has(child) && child !== slowChild) idle.push(child);
    startWhatMay();
  }

  function penalize(tenantId: string): void {
    for (const [known, until] of slowUntil) if (until <= Date.now()) slowUntil.delete(known);
    slowUntil.set(tenantId, Date.now() + settings.slowLane.forMs);
    const tooMany = waiting.get(tenantId)?.splice(settings.slowLane.waitingPerTenant) ?? [];
    for (const job of tooMany) job.resolve(IN_SLOW_LANE);
  }

  function startOne(): void {
    isStarting = true;
    let wasReady = false;
    const child = startChild(settings, {
      onReady: () => {
        wasReady = true;
        isStarting = false;
        idle.push(child);
        startWhatMay();
      },
      onEnd: () => {
        children.delete(child);
        if (slowChild === child) slowChild = undefined;
        const place = idle.indexOf(child);
        if (place >= 0) idle.splice(place, 1);
        if (wasReady) return startWhatMay();
        isStarting = false;
        // Not tried again before the next expression comes: it would fail in a circle.
        if (children.size === 0) failAll(NOT_STARTED);
      },
    });
    children.add(child);
  }

  function failAll(answer: ChildAnswer): void {
    const jobs = [...waiting.values()].flat();
    waiting.clear();
    for (const job of jobs) job.resolve(answer);
  }

  const runJson: ExpressionRunner['runJson'] = async ({ tenantId, expression, input }) => {
    const answer = await ask(tenantId, { expression, input });
    return answer.ok ? { ok: true, value: answer.output } : { ok: false, reason: answer.reason };
  };

  return {
    runJson,
    async run({ tenantId, expression, input }) {
      const result = await runJson({ tenantId, expression, input: JSON.stringify(input ?? null) });
      if (!result.ok) return result;
      return {
        ok: true,
        value: result.value === undefined ? undefined : (JSON.parse(result.value) as unknown),
      };
    },
    async check({ tenantId, expression }) {
      const answer = await ask(tenantId, { expression });
      if (answer.ok) return { ok: true };
      const { reason, position } = answer;
      return { ok: false, reason, ...(position === undefined ? {} : { position }) };
    },
    close() {
      isClosed = true;
      failAll(CLOSED);
      for (const child of children) child.kill();
    },
  };
}
