import type { InPieces } from '../pieces';
import { anyInWords, type Scalar } from './condition';
import { acceptsValue, type Field } from './field';
import { fitFields, valuesOf } from './fit-fields';
import type { Way } from './parse-pattern';

const MAX_WAYS = 3;
const MAX_VALUES = 3;
const MAX_VALUE_LENGTH = 60;

/** The first field that does not hold, with what it had; one for each way that ends differently. */
export function* explainMisfit(event: object, ways: readonly Way[]): InPieces<string> {
  const found = new Set<string>();
  for (const way of ways) found.add(yield* explainWay(event, way));
  const reasons = [...found];
  const rest = reasons.length - MAX_WAYS;
  return reasons.slice(0, MAX_WAYS).join('; or ') + (rest > 0 ? `; or ${rest} more` : '');
}

function* explainWay(event: object, way: Way): InPieces<string> {
  const last = yield* firstMisfit(event, way);
  const field = way[last];
  if (!field) return '';
  const must = `${field.path === '' ? '""' : field.path} must ${anyInWords(field.conditions)}`;
  const values = yield* someValuesOf(event, field);
  if (values.length === 0) return onlyExists(field) ? must : `${must}, was missing`;
  if ((yield* fitFields(event, [field])) !== 0) {
    const before = way.slice(0, last).map(({ path }) => path);
    return `${must} in the same list element as ${before.at(-1) ?? 'the other fields'}`;
  }
  return `${must}, was ${values.map(shortened).join(', ')}`;
}

/** Where all the fields before hold at once and this one does not with them. Halving: not a look at the event for each. */
function* firstMisfit(event: object, way: Way): InPieces<number> {
  let holding = 0;
  let failing = way.length;
  while (failing - holding > 1) {
    const middle = (holding + failing) >> 1;
    if ((yield* fitFields(event, way.slice(0, middle))) === 0) failing = middle;
    else holding = middle;
  }
  return holding;
}

const onlyExists = ({ conditions }: Field): boolean => conditions.every(({ kind }) => kind === 'exists');

function* someValuesOf(event: object, field: Field): InPieces<Scalar[]> {
  const found: Scalar[] = [];
  for (const value of valuesOf(event, field)) {
    if (value === undefined) yield;
    else if (!(yield* acceptsValue(field, value))) found.push(value);
    if (found.length === MAX_VALUES) break;
  }
  // All its values do: then they hold in different elements.
  if (found.length > 0) return found;
  for (const value of valuesOf(event, field)) {
    if (value !== undefined) return [value];
    yield;
  }
  return found;
}

function shortened(value: Scalar): string {
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}
