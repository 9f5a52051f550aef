import type { InPieces } from '../pieces';
import { explainMisfit } from './explain-misfit';
import { fitFields } from './fit-fields';
import { parsePattern, PatternFault, type Way } from './parse-pattern';

/** Of isPieceOver: a large filter takes some milliseconds to compile, and a tenant may have thousands. */
export const STEPS_OF_A_FILTER = 10_000;

/**
 * Event patterns as Amazon EventBridge has them
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html), over any JSON object.
 */
export interface EventPattern {
  readonly matches: (event: object) => InPieces<boolean>;
  /** The first field that does not hold and the value it had; undefined when the event matches. */
  readonly explain: (event: object) => InPieces<string | undefined>;
  /** What the index goes by. */
  readonly ways: readonly Way[];
}

export type CompiledPattern =
  | { ok: true; pattern: EventPattern }
  /** The path leads to the fault; the reason goes on after it. */
  | { ok: false; path: string[]; reason: string };

/** Of parsed JSON. Total: whatever it is given, it answers. */
export function compilePattern(json: unknown): CompiledPattern {
  let ways: readonly Way[];
  try {
    ways = parsePattern(json);
  } catch (error) {
    if (error instanceof PatternFault) return { ok: false, path: error.path, reason: error.message };
    throw error;
  }
  function* matches(event: object): InPieces<boolean> {
    for (const way of ways) if ((yield* fitFields(event, way)) !== 0) return true;
    return false;
  }
  function* explain(event: object): InPieces<string | undefined> {
    return (yield* matches(event)) ? undefined : yield* explainMisfit(event, ways);
  }
  return { ok: true, pattern: { ways, matches, explain } };
}
