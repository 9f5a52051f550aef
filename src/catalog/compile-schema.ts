import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import type { CompiledSchema, SchemaCheck } from '../domain/schema/catalog';
import { never, type InPieces } from '../domain/pieces';
import { findLostReference } from '../domain/schema/schema-references';
import { describeFaults } from './describe-faults';
import { makeFormats } from './formats';
import { makeLinearPattern } from './linear-pattern';
import { mendUnevaluated } from './mend-unevaluated';
import { Exhausted, makeMeter, type Meter } from './meter';
import { addOwnKeywords } from './own-keywords';
import { COST_KEYWORD, readSchema, type ReadSchema } from './read-schema';

/** Steps of one check: a twentieth of a second at worst, in one piece. 256 KiB of ordinary data take less. */
const STEPS_TO_FIT = 500_000;
/** Steps of what is checked at once. Data that needs more is heavy, and checked anew with all of them. */
const STEPS_AT_ONCE = STEPS_TO_FIT / 50;
/** Finding every fault makes an object of each: what is reported is less than that. */
const STEPS_TO_EXPLAIN = 40_000;

type GoodSchema = Extract<ReadSchema, { ok: true }>;

const metaSchema = new Ajv2020({ strict: false, logger: false });
// Compiles it, which takes as long as a schema of the largest size: while this process starts nobody waits for that.
void metaSchema.validateSchema({});

/** The problems of a schema, or a check that is bounded whatever the schema and the data are. A piece takes less than a tenth of a second. */
export function* compileSchema(schema: unknown): InPieces<CompiledSchema> {
  const read = yield* readSchema(schema);
  if (!read.ok) return read;
  yield;
  if (!metaSchema.validateSchema(schema as object)) {
    const [first] = describeFaults(metaSchema.errors?.slice(0, 1) ?? []);
    return problem(first?.message ?? 'is no schema', first?.pointer ?? '');
  }
  yield;
  const meter = makeMeter();
  try {
    return {
      ok: true,
      check: makeCheck(compile(read, meter, false), () => compile(read, meter, true), meter),
    };
  } catch (error) {
    // What is left after the walk and the meta-schema: references, of which Ajv does not say where they stand.
    const lost = findLostReference(schema);
    if (lost) return { ok: false, problems: [lost] };
    return problem(`cannot be compiled${error instanceof Error ? `: ${error.message}` : ''}`, '');
  }
}

const problem = (message: string, pointer: string): CompiledSchema => ({
  ok: false,
  problems: [{ pointer, message }],
});

function makeCheck(
  fits: ValidateFunction,
  compileExplaining: () => ValidateFunction,
  meter: Meter,
): SchemaCheck {
  let explaining: ValidateFunction | undefined;
  return function* (data, isTooLate = never) {
    let first = run(fits, data, meter, STEPS_AT_ONCE);
    if (first[0] === TOO_COSTLY) {
      if (isTooLate(1)) return undefined;
      yield;
      if (isTooLate(1)) return undefined;
      first = run(fits, data, meter, STEPS_TO_FIT);
    }
    if (first.length === 0) return [];
    if (isTooLate(0)) return describeFaults(first);
    yield;
    // Only now, for the few that need it: all faults instead of the first.
    if (!explaining) {
      explaining = compileExplaining();
      yield;
    }
    const all = run(explaining, data, meter, STEPS_TO_EXPLAIN);
    const isCutShort = all.some(({ keyword }) => keyword === COST_KEYWORD);
    return describeFaults(isCutShort ? first : all);
  };
}

const TOO_COSTLY: ErrorObject = {
  keyword: COST_KEYWORD,
  instancePath: '',
  schemaPath: '',
  params: {},
  message: 'takes too many steps to check against its schema',
};

function run(validate: ValidateFunction, data: unknown, meter: Meter, steps: number): ErrorObject[] {
  meter.refill(steps);
  try {
    return validate(data) ? [] : [...(validate.errors ?? [])];
  } catch (error) {
    // References that go round in a circle at one place exhaust the stack before the meter.
    if (error instanceof Exhausted || error instanceof RangeError) return [TOO_COSTLY];
    throw error;
  } finally {
    validate.errors = null;
  }
}

/** An instance of its own for each schema: Ajv keeps everything it compiles for as long as it lives. */
function compile({ rules, patterns }: GoodSchema, meter: Meter, allErrors: boolean): ValidateFunction {
  const patternBySource = (source: string) => {
    const program = patterns.get(source);
    if (!program) throw new Error(`the pattern ${source} was not read`);
    return makeLinearPattern(source, program, meter);
  };
  const ajv = new Ajv2020({
    allErrors,
    // The walk has refused what strict mode would; what else it has to say is advice (types left out, tuples).
    strict: false,
    validateSchema: false,
    meta: false,
    // Inlining would multiply what refers to something by what it refers to.
    inlineRefs: false,
    // Lists are gone through, not written out name by name.
    loopRequired: 2,
    loopEnum: 5,
    // `constructor` and `__proto__` are members only when the data has them.
    ownProperties: true,
    $data: false,
    logger: false,
    code: {
      optimize: false,
      regExp: Object.assign(patternBySource, { code: 'linearPattern' }),
    },
    formats: makeFormats(meter),
  });
  addOwnKeywords(ajv, meter);
  mendUnevaluated(ajv);
  return ajv.compile(rules as object);
}
