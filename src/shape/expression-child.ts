import { fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';

/** What one evaluation may use. Whatever passes one of these fails, and costs its tenant alone. */
export interface Bounds {
  /** From the request to the answer. In native code (a regex) only the end of the process stops it. */
  timeoutMs: number;
  /** Of the child's heap. */
  heapMiB: number;
  outputBytes: number;
  /** How deep functions may call one another. */
  stackDepth: number;
  /** Elements of any one sequence on the way. */
  sequenceLength: number;
  /** Size and depth of the expression as a tree. */
  treeNodes: number;
  treeDepth: number;
  /** Expressions that a child keeps compiled. */
  compiledExpressions: number;
}

/** Without `input` the expression is parsed and that is all. Both are text: JSON goes over and back with every digit. */
export interface ChildRequest {
  expression: string;
  input?: string;
}

export type ChildAnswer =
  /** No output: the expression gave nothing. */
  | { ok: true; output?: string }
  /** `spent`: it used up its time or memory. */
  | { ok: false; reason: string; position?: number; spent?: boolean };

export interface ExpressionChild {
  /** One at a time. Never rejects; the child may be gone afterwards. */
  ask(request: ChildRequest): Promise<ChildAnswer>;
  /** From now on it has what processor time nobody else wants; only a privileged user could take that back. */
  lowerPriority(): void;
  kill(): void;
}

/** A machine that needs longer than this to start a process has other worries. */
const START_MS = 10_000;

const PROGRAM = join(__dirname, 'evaluate-in-child.cjs');

/** Starts a child process. `onEnd` is called once, whatever ended it and whether it was ever ready. */
export function startChild(
  bounds: Bounds,
  { onReady, onEnd }: { onReady: () => void; onEnd: () => void },
): ExpressionChild {
  const child = fork(PROGRAM, [JSON.stringify(bounds)], {
    // Nothing of ours: the environment has passwords and keys, and the parent's flags may open a debugger's port.
    env: {},
    execArgv: [`--max-old-space-size=${bounds.heapMiB}`, '--disallow-code-generation-from-strings'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  // Idle children keep nobody alive; what is under way has a timer that does.
  child.unref();
  child.channel?.unref();

  let settle: ((answer: ChildAnswer) => void) | undefined;
  let hasEnded = false;
  const starting = setTimeout(() => kill(), START_MS);
  const kill = (): void => {
    child.kill('SIGKILL');
    // Not when the exit is known: until then it would be taken for one that can be asked.
    end();
  };
  const end = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(starting);
    settle?.({ ok: false, reason: 'it used too much memory', spent: true });
    onEnd();
  };
  child.once('exit', end);
  child.once('error', end);
  child.on('message', (message: ChildAnswer | 'ready') => {
    if (message !== 'ready') return settle?.(message);
    clearTimeout(starting);
    onReady();
  });

  return {
    ask: (request) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          // An answer may be in the pipe already while this process was busy: read it first.
          setImmediate(() => {
            if (!settle) return;
            settle({ ok: false, reason: `it took more than ${bounds.timeoutMs} ms`, spent: true });
            kill();
          });
        }, bounds.timeoutMs);
        settle = (answer) => {
          settle = undefined;
          clearTimeout(timer);
          resolve(answer);
        };
        if (hasEnded) return settle({ ok: false, reason: 'its process has ended' });
        child.send(request, (error) => {
          if (error) settle?.({ ok: false, reason: 'its process has ended' });
        });
      }),
    lowerPriority() {
      try {
        if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
      } catch {
        // It has just ended, or the system does not allow it: then it competes as before.
      }
    },
    kill,
  };
}
