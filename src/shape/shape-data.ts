import { exceedsDepth, MAX_JSON_DEPTH } from '../domain/data/json-bytes';
import type { SubscriptionRules, WarrenEvent } from '../domain/nouns';
import type { ExpressionRunner } from './expression-runner';
import { fieldTree, includeFields, type FieldTree } from './include-fields';

export interface ShapeMaterial {
  event: Pick<WarrenEvent, 'id' | 'tenantId' | 'type' | 'version' | 'occurredAt' | 'data'> & {
    tenantSlug: string;
  };
  rules: Pick<SubscriptionRules, 'includeFields' | 'transform'>;
}

export type Shaped = { ok: true; data: Buffer } | { ok: false; reason: string };

/** Without rules the very same data, at once; a promise only where an expression runs. */
export type ShapeData = (material: ShapeMaterial) => Shaped | Promise<Shaped>;

/**
 * What a subscription makes of an event's data: first `includeFields`, then `transform` over what is left. In this order
 * `includeFields` is a promise: what it does not name reaches neither the receiver nor the expression.
 */
export function makeShapeData(runner: Pick<ExpressionRunner, 'runJson'>): ShapeData {
  /** By the settings' own list: a change of the subscription makes a new one. */
  const trees = new WeakMap<readonly string[], FieldTree>();

  function treeOf(paths: readonly string[]): FieldTree {
    const tree = trees.get(paths) ?? fieldTree(paths);
    trees.set(paths, tree);
    return tree;
  }

  return ({ event, rules }) => {
    const data = rules.includeFields ? includeFields(event.data, treeOf(rules.includeFields)) : event.data;
    return rules.transform === null
      ? { ok: true, data }
      : transform(runner, { ...event, data }, rules.transform);
  };
}

async function transform(
  runner: Pick<ExpressionRunner, 'runJson'>,
  event: ShapeMaterial['event'],
  expression: string,
): Promise<Shaped> {
  const result = await runner.runJson({ tenantId: event.tenantId, expression, input: eventText(event) });
  if (!result.ok) return { ok: false, reason: `transform: ${result.reason}` };
  if (result.value === undefined) return { ok: false, reason: 'transform: it gives nothing for this event' };
  const data = Buffer.from(result.value);
  return exceedsDepth(data, MAX_JSON_DEPTH)
    ? { ok: false, reason: `transform: its result is nested more than ${MAX_JSON_DEPTH} levels deep` }
    : { ok: true, data };
}

/** The event as expressions see it; `data` is put in as it was written, digits and all. */
function eventText({ id, type, version, occurredAt, tenantSlug, data }: ShapeMaterial['event']): string {
  const head = JSON.stringify({ id, type, version, timestamp: occurredAt.toISOString(), tenant: tenantSlug });
  return `${head.slice(0, -1)},"data":${data.toString('utf8')}}`;
}
