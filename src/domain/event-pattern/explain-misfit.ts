import { anyInWords, type Scalar } from './condition';
import { acceptsValue, type Field } from './field';
import { fitFields, valuesOf } from './fit-fields';
import type { Way } from './parse-pattern';

const MAX_WAYS = 3;
const MAX_VALUES = 3;
const MAX_VALUE_LENGTH = 60;

/** The first field that does not hold, with what it had; one for each way that ends differently. */
export function explainMisfit(event: object, ways: readonly Way[]): string {
  const reasons = [...new Set(ways.map((way) => explainWay(event, way)))];
  const rest = reasons.length - MAX_WAYS;
  return reasons.slice(0, MAX_WAYS).join('; or ') + (rest > 0 ? `; or ${rest} more` : '');
}

function explainWay(event: object, way: Way): string {
  const last = way.findIndex((_, index) => fitFields(event, way.slice(0, index + 1)) === 0);
  const field = way[last];
  if (!field) return '';
  const must = `${field.path} must ${anyInWords(field.conditions)}`;
  const values = someValuesOf(event, field);
  if (values.length === 0) return onlyExists(field) ? must : `${must}, was missing`;
  if (fitFields(event, [field]) !== 0) {
    const before = way.slice(0, last).map(({ path }) => path);
    return `${must} in the same list element as ${before.at(-1) ?? 'the other fields'}`;
  }
  return `${must}, was ${values.map(shortened).join(', ')}`;
}

const onlyExists = ({ conditions }: Field): boolean => conditions.every(({ kind }) => kind === 'exists');

function someValuesOf(event: object, field: Field): Scalar[] {
  const found: Scalar[] = [];
  for (const value of valuesOf(event, field)) {
    if (acceptsValue(field, value)) continue;
    found.push(value);
    if (found.length === MAX_VALUES) break;
  }
  // All its values do: then they hold in different elements.
  if (found.length === 0) for (const value of valuesOf(event, field)) return [value];
  return found;
}

function shortened(value: Scalar): string {
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}
