/** What the audit log says of a mutation's arguments and answer: whose, which, and the names of what was given. */
export interface ChangeDescription {
  /** Null: the arguments and the answer do not say. */
  tenantId: string | null;
  objectId: string | null;
  fields: string[];
}

type Bag = Record<string, unknown>;

/** Payloads have the object that was changed in a field named for it; these hold something else. */
const NO_OBJECTS: ReadonlySet<string> = new Set(['userErrors', 'attempt', 'warnings']);

export function describeChange(args: Bag, answer?: unknown): ChangeDescription {
  const input = isBag(args.input) ? args.input : args;
  const object = objectOf(answer);
  const tenantId = idOf(input.tenantId) ?? tenantOf(object) ?? idOf(bagOf(answer)?.tenantId);
  return {
    tenantId,
    objectId: idOf(object?.id) ?? idOf(bagOf(answer)?.deletedId) ?? idOf(input.id) ?? tenantId,
    fields: Object.keys(input).filter((name) => name !== 'id' && input[name] !== undefined),
  };
}

function objectOf(answer: unknown): Bag | undefined {
  for (const [name, value] of Object.entries(bagOf(answer) ?? {})) {
    if (!NO_OBJECTS.has(name) && isBag(value) && 'id' in value) return value;
  }
  return undefined;
}

/** API types carry the record that they show, or its tenant. */
const tenantOf = (object: Bag | undefined): string | null =>
  idOf(object?.tenantId) ?? idOf(bagOf(object?.record)?.tenantId);

const ID = /^[a-z]{2,6}_[0-7][0-9a-z]{25}$/;

/** What is no id is not repeated: it may be anything. */
const idOf = (value: unknown): string | null => (typeof value === 'string' && ID.test(value) ? value : null);

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null;
const bagOf = (value: unknown): Bag | undefined => (isBag(value) ? value : undefined);
