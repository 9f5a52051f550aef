import fc from 'fast-check';

/** Small alphabets, so that patterns and events meet. */
const key = fc.constantFrom('a', 'b');
const word = fc.constantFrom('', 'a', 'A', 'ab', 'aB', 'aba', 'b', '1');
const number = fc.constantFrom(-1, 0, 1, 1.5, 2);
const scalar = fc.oneof(word, number, fc.boolean(), fc.constant(null));

const operator = (name: string, operand: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  operand.map((value) => ({ [name]: value }));

const anyCase = operator('equals-ignore-case', word);
const notEmpty = word.filter((text) => text !== '');
const wildcard = fc.constantFrom('*', 'a*', '*b', 'a*a', '*b*', 'ab', '');
const oneOrMore = (of: fc.Arbitrary<unknown>) => fc.oneof(of, fc.array(of, { minLength: 1, maxLength: 2 }));

const condition = fc.oneof(
  { arbitrary: scalar, weight: 3 },
  operator('exists', fc.boolean()),
  operator('prefix', fc.oneof(word, anyCase)),
  operator('suffix', fc.oneof(word, anyCase)),
  anyCase,
  operator('wildcard', wildcard),
  operator(
    'numeric',
    fc.oneof(
      fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>='), number),
      fc.constantFrom(['>', -1, '<', 2], ['>=', 0, '<=', 1], ['>', 0, '<=', 1.5]),
    ),
  ),
  operator(
    'anything-but',
    fc.oneof(
      oneOrMore(word),
      oneOrMore(number),
      operator('prefix', oneOrMore(notEmpty)),
      operator('suffix', oneOrMore(notEmpty)),
      operator('equals-ignore-case', oneOrMore(word)),
      operator('wildcard', oneOrMore(wildcard)),
    ),
  ),
);

const conditions = fc.array(condition, { minLength: 1, maxLength: 2 });

/** At most `depth` keys deep. */
function patternOf(depth: number): fc.Arbitrary<object> {
  const below: fc.Arbitrary<unknown> = depth <= 1 ? conditions : fc.oneof(conditions, patternOf(depth - 1));
  const plain = fc.dictionary(key, below, { minKeys: 1, maxKeys: 2 });
  if (depth <= 1) return plain;
  const or = fc.array(patternOf(depth - 1), { minLength: 2, maxLength: 2 });
  return fc.oneof(
    { arbitrary: plain, weight: 3 },
    fc.tuple(plain, or).map(([fields, $or]) => ({ ...fields, $or })),
  );
}

function jsonOf(depth: number): fc.Arbitrary<unknown> {
  if (depth === 0) return scalar;
  return fc.oneof(scalar, fc.array(jsonOf(depth - 1), { maxLength: 3 }), objectOf(depth));
}

function objectOf(depth: number): fc.Arbitrary<object> {
  return fc.dictionary(key, jsonOf(depth - 1), { maxKeys: 2 });
}

export const anyPattern = patternOf(2);
export const anyEvent = objectOf(4);

/** Written with some dots in its keys: the same paths, without lists, where a dot could make two of one. */
export const dottedEvent = fc.dictionary(
  fc.constantFrom('a', 'b', 'a.b', 'a.b.c', 'b.a'),
  fc.oneof(scalar, fc.dictionary(fc.constantFrom('b', 'c', 'b.c'), scalar, { maxKeys: 2 })),
  { maxKeys: 4 },
);

/** Few values, many absences, and `$or` in `$or`: several fields of one path. */
const few = fc.constantFrom(1, 2, 'x', null);
const present = fc.array(fc.oneof(few, operator('exists', fc.boolean())), { minLength: 1, maxLength: 2 });
const shallow = fc.dictionary(
  key,
  fc.oneof(present, fc.dictionary(key, present, { minKeys: 1, maxKeys: 2 })),
  { minKeys: 1, maxKeys: 2 },
);
const oneOf = (way: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc
    .tuple(shallow, fc.array(way, { minLength: 2, maxLength: 2 }))
    .map(([fields, $or]) => ({ ...fields, $or }));
export const wayfulPattern = fc.oneof(shallow, oneOf(shallow), oneOf(oneOf(shallow)));

/** Mostly lists, with values at every depth of them. */
const { listed } = fc.letrec<{ listed: unknown }>((tie) => ({
  listed: fc.oneof(
    { maxDepth: 5, depthSize: 'large' },
    { arbitrary: few, weight: 2 },
    { arbitrary: fc.array(tie('listed'), { maxLength: 3 }), weight: 3 },
    { arbitrary: fc.dictionary(key, tie('listed'), { maxKeys: 2 }), weight: 2 },
  ),
}));
export const listedEvent = fc.dictionary(key, listed, { minKeys: 1, maxKeys: 2 });
