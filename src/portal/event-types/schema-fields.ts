/** A member of the data, and what its schema says of it for people. */
export interface SchemaField {
  /** From the data down: `lines[].sku`. */
  path: string;
  name: string;
  /** How many members it is inside of. */
  depth: number;
  type: string;
  isRequired: boolean;
  description: string;
  /** What else must hold, such as "at least 0". */
  rules: string[];
}

type Schema = Record<string, unknown>;

/** Schemas may refer to themselves, and double at each step. */
const MAX_FIELDS = 300;
const MAX_DEPTH = 8;
const MAX_READINGS = 3000;

/** The members of the data in reading order, what is inside of one behind it. */
export function fieldsOf(root: unknown): SchemaField[] {
  const reader = makeReader(root);
  const fields: SchemaField[] = [];

  function addMembers(schema: Schema, inside: string, depth: number): void {
    const required = new Set(namesOf(schema.required));
    for (const [name, inner] of Object.entries(objectOf(schema.properties))) {
      if (fields.length >= MAX_FIELDS) return;
      const member = reader.read(inner);
      const item = itemOf(member);
      const path = `${inside}${name}`;
      fields.push({
        ...{ path, name, depth },
        type: reader.typeWords(member),
        isRequired: required.has(name),
        description: textOf(member.description) || textOf(member.title),
        rules: rulesOf(member),
      });
      if (depth < MAX_DEPTH) addMembers(item, `${path}${item === member ? '' : '[]'}.`, depth + 1);
    }
  }

  function itemOf(schema: Schema): Schema {
    const item = schema.items === undefined ? schema : reader.read(schema.items);
    return item.items === undefined || item === schema ? item : reader.read(item.items);
  }

  const whole = reader.read(root);
  const item = itemOf(whole);
  addMembers(item, item === whole ? '' : '[].', 0);
  return fields;
}

/** What the data as a whole is: "object", "list of string". */
export function wholeType(root: unknown): string {
  const reader = makeReader(root);
  return reader.typeWords(reader.read(root));
}

function makeReader(root: unknown) {
  let readings = 0;

  /** A schema with references followed, `allOf` put together, and the members of alternatives as optional ones. */
  function read(schema: unknown, depth = 0): Schema {
    if (!isSchema(schema) || depth > MAX_DEPTH || ++readings > MAX_READINGS) return {};
    const { $ref, allOf, ...own } = schema;
    const parts = [...(typeof $ref === 'string' ? [resolve(root, $ref)] : []), ...listOf(allOf)];
    const whole = [...parts.map((part) => read(part, depth + 1)), own].reduce(joined, {});
    const optional = alternativesOf(whole).map((part) => objectOf(read(part, depth + 1).properties));
    const properties = Object.assign({}, ...optional, objectOf(whole.properties)) as Schema;
    return { ...whole, properties };
  }

  function typeWords(schema: Schema, depth = 0): string {
    if (depth > MAX_DEPTH) return 'anything';
    if ('const' in schema) return JSON.stringify(schema.const);
    const types = typeof schema.type === 'string' ? [schema.type] : namesOf(schema.type);
    const words = types.map((type) => (type === 'array' ? listWords(schema, depth) : type));
    if (words.length > 0) return words.join(' or ');
    const alternatives = alternativesOf(schema).map((part) => typeWords(read(part), depth + 1));
    if (alternatives.length > 0) return [...new Set(alternatives)].join(' or ');
    if (Array.isArray(schema.enum)) return [...new Set(schema.enum.map(typeOfValue))].join(' or ');
    return Object.keys(objectOf(schema.properties)).length > 0 ? 'object' : 'anything';
  }

  const listWords = ({ items }: Schema, depth: number): string =>
    items === undefined ? 'list' : `list of ${typeWords(read(items), depth + 1)}`;

  return { read, typeWords };
}

const joined = (one: Schema, other: Schema): Schema => ({
  ...one,
  ...other,
  properties: { ...objectOf(one.properties), ...objectOf(other.properties) },
  required: [...namesOf(one.required), ...namesOf(other.required)],
});

const counted = (count: string, what: string): string => `${count} ${what}${count === '1' ? '' : 's'}`;

const LIMIT_WORDS: Record<string, (limit: string) => string> = {
  minimum: (limit) => `at least ${limit}`,
  maximum: (limit) => `at most ${limit}`,
  exclusiveMinimum: (limit) => `more than ${limit}`,
  exclusiveMaximum: (limit) => `less than ${limit}`,
  multipleOf: (limit) => `a multiple of ${limit}`,
  minLength: (limit) => `at least ${counted(limit, 'character')}`,
  maxLength: (limit) => `at most ${counted(limit, 'character')}`,
  minItems: (limit) => `at least ${counted(limit, 'item')}`,
  maxItems: (limit) => `at most ${counted(limit, 'item')}`,
  pattern: (pattern) => `fits ${pattern}`,
};

const MOST_VALUES = 12;

function rulesOf(schema: Schema): string[] {
  const values = listOf(schema.enum).map((value) => JSON.stringify(value));
  const more = values.length - MOST_VALUES;
  const listed = values.slice(0, MOST_VALUES).join(', ');
  return [
    ...(typeof schema.format === 'string' ? [schema.format] : []),
    ...(values.length > 0 ? [`one of ${listed}${more > 0 ? ` and ${more} more` : ''}`] : []),
    ...Object.entries(LIMIT_WORDS).flatMap(([keyword, words]) => {
      const limit = schema[keyword];
      return typeof limit === 'number' || typeof limit === 'string' ? [words(String(limit))] : [];
    }),
    ...('default' in schema ? [`${JSON.stringify(schema.default)} unless given`] : []),
    ...(schema.deprecated === true ? ['deprecated'] : []),
  ];
}

/** `#`, a JSON Pointer, or an $anchor among the definitions. */
function resolve(root: unknown, reference: string): unknown {
  const fragment = reference.slice(1);
  if (fragment !== '' && !fragment.startsWith('/'))
    return Object.values(objectOf(objectOf(root).$defs)).find((each) => objectOf(each).$anchor === fragment);
  const steps = fragment.split('/').slice(1);
  return steps
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, step) => (Array.isArray(at) ? at[Number(step)] : objectOf(at)[step]), root);
}

const alternativesOf = ({ anyOf, oneOf }: Schema): unknown[] => [...listOf(anyOf), ...listOf(oneOf)];
const typeOfValue = (value: unknown): string => (value === null ? 'null' : typeof value);
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): Schema => (isSchema(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const namesOf = (value: unknown): string[] =>
  listOf(value).filter((name): name is string => typeof name === 'string');
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
