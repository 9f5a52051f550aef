import {
  Kind,
  GraphQLError,
  getOperationAST,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from 'graphql-query-complexity';
import { costDependsOnVariables } from './cost-variables';

/** What one document may ask for. Checked after validation, so fragments exist and have no cycles. */
export const QUERY_LIMITS = {
  depth: 12,
  /** Brackets in brackets, of fields, values and types alike, more than data may nest (MAX_JSON_DEPTH) that is written out; and fragments. */
  nesting: 200,
  /** Fields that are asked for again, under another name or the same. */
  aliases: 30,
  /** One for a field, times the size of every page it is on: a full page of deliveries with everything fits. */
  cost: 25_000,
  /** Lexical tokens: bounds the parser and the validation before anything else is looked at. */
  tokens: 30_000,
  /** Of what is wrong with a document, so many are told: the answer to some bytes is no book. */
  faults: 5,
} as const;

export interface CheckedOperation {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName?: string | null | undefined;
  variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The error QUERY_TOO_COMPLEX that the document has earned, with the limit it breaks; undefined when it may run. */
export function findExcess(operation: CheckedOperation): GraphQLError | undefined {
  const known = knownOf(operation);
  const { depth, aliases, nesting } = known.measure;
  if (nesting > QUERY_LIMITS.nesting)
    return tooComplex(
      `nests fragments in fragments and fields more than ${QUERY_LIMITS.nesting} deep; use fewer fragments`,
    );
  if (depth > QUERY_LIMITS.depth)
    return tooComplex(`nests ${depth} levels deep; at most ${QUERY_LIMITS.depth} are allowed`);
  if (aliases > QUERY_LIMITS.aliases)
    return tooComplex(
      `has ${aliases} aliases and repeated fields; at most ${QUERY_LIMITS.aliases} are allowed`,
    );
  // Of an operation that is not there nothing runs: the executor says so.
  if (!getOperationAST(operation.document, operation.operationName)) return undefined;
  const cost = costOf(operation, known);
  if (cost <= QUERY_LIMITS.cost) return undefined;
  return tooComplex(
    `costs ${cost === Infinity ? 'too much' : cost}; at most ${QUERY_LIMITS.cost} is allowed. Ask for fewer fields or smaller pages`,
  );
}

export function tooComplex(what: string): GraphQLError {
  return new GraphQLError(`The document ${what}.`, {
    extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: 400 } },
  });
}

/** What a document costs is worked out once, where its variables do not matter: Apollo keeps documents, and most are asked often. */
interface Known {
  measure: Measure;
  /** By operation; undefined where variables matter. */
  costs: Map<string | null | undefined, number> | undefined;
}

const knownDocuments = new WeakMap<DocumentNode, Known>();

function knownOf({ schema, document }: CheckedOperation): Known {
  const before = knownDocuments.get(document);
  if (before) return before;
  const costs = costDependsOnVariables(schema, document)
    ? undefined
    : new Map<string | null | undefined, number>();
  const known = { measure: measure(document), costs };
  knownDocuments.set(document, known);
  return known;
}

function costOf(
  { schema, document, operationName, variables }: CheckedOperation,
  { costs }: Pick<Known, 'costs'>,
): number {
  const before = costs?.get(operationName);
  if (before !== undefined) return before;
  try {
    const cost = getComplexity({
      schema,
      query: document,
      variables: { ...variables },
      ...(operationName ? { operationName } : {}),
      estimators: [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })],
    });
    costs?.set(operationName, cost);
    return cost;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // The estimate gives up on documents whose fragments multiply.
    if (error.message.includes('maximum allowed number of nodes')) return Infinity;
    // Variables of the wrong type: the executor says so, in better words, and runs nothing.
    return 0;
  }
}

interface Measure {
  depth: number;
  aliases: number;
  /** Like the depth, with fragments: all that goes through a document calls itself for each. */
  nesting: number;
}

const NOTHING: Measure = { depth: 0, aliases: 0, nesting: 0 };

/** The deepest nesting, and the aliases with those of a fragment for every time it is spread. */
function measure(document: DocumentNode): Measure {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Measure>();

  function ofFragment(name: string, level: number): Measure {
    const known = measured.get(name);
    if (known) return known;
    const selections = fragments.get(name)?.selectionSet;
    const found = selections ? ofSelections(selections, level) : NOTHING;
    measured.set(name, found);
    return found;
  }

  function ofSelections({ selections }: SelectionSetNode, level: number): Measure {
    // Deep enough to be refused; further down the stack may not last.
    if (level > QUERY_LIMITS.nesting) return { ...NOTHING, nesting: Infinity };
    let { depth, aliases, nesting } = NOTHING;
    const named = new Set<string>();
    for (const selection of selections) {
      let below = NOTHING;
      if (selection.kind === Kind.FRAGMENT_SPREAD) below = ofFragment(selection.name.value, level + 1);
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        below = ofSelections(selection.selectionSet, level + 1);
      else {
        const inner = selection.selectionSet ? ofSelections(selection.selectionSet, level + 1) : below;
        // The usual query for the schema is deeper than any other has to be, and validation bounds its depth.
        const isOfSchema = selection.name.value.startsWith('__');
        const isAgain = selection.alias !== undefined || named.has(selection.name.value);
        named.add(selection.name.value);
        below = {
          depth: isOfSchema ? 0 : inner.depth + 1,
          aliases: inner.aliases + (isAgain ? 1 : 0),
          nesting: inner.nesting,
        };
      }
      depth = Math.max(depth, below.depth);
      aliases += below.aliases;
      nesting = Math.max(nesting, below.nesting + 1);
    }
    return { depth, aliases, nesting };
  }

  let { depth, aliases, nesting } = NOTHING;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const found = ofSelections(definition.selectionSet, 1);
    depth = Math.max(depth, found.depth);
    aliases += found.aliases;
    nesting = Math.max(nesting, found.nesting);
  }
  return { depth, aliases, nesting };
}
