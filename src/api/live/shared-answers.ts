import { createHash } from 'node:crypto';
import { Kind, visit, type DocumentNode, type ExecutionArgs } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Authentication } from '../sign-in/identity';
import { stringifyJson } from '../../runtime/json-text';

/** What goes to a client for one payload: its JSON, and the brace that ends the message it stands in. */
export type Answer = Buffer;

export const makeAnswer = (payload: Record<string, unknown>): Answer =>
  Buffer.from(`${stringifyJson(payload)}}`);

/**
 * A thousand clients that watch one tenant with one document get one and the same answer for each change. It is made
 * once, and shared by all who may see the same and ask for the same: their **audience**.
 */
export interface SharedAnswers {
  /** The answer for a payload, made by `make` when this audience has none that is fresh. */
  find(payload: object, audience: string, make: () => Promise<Answer>): Promise<Answer>;
}

/** Payloads of which answers are kept, and for how many audiences of each. */
const MAX_PAYLOADS = 2000;
const MAX_AUDIENCES = 50;
/** "As it is now" may be this old. */
const FRESH_MS = 1000;

export function makeSharedAnswers(): SharedAnswers {
  const byPayload = new LRUCache<object, Map<string, Promise<Answer>>>({ max: MAX_PAYLOADS, ttl: FRESH_MS });
  return {
    find(payload, audience, make) {
      let answers = byPayload.get(payload);
      if (!answers) byPayload.set(payload, (answers = new Map()));
      const known = answers.get(audience);
      if (known) return known;
      const made = make();
      if (answers.size < MAX_AUDIENCES) answers.set(audience, made);
      return made;
    },
  };
}

export interface Asked extends Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'> {
  authentication: Authentication;
}

/** A name for what answers depend on, besides the payload. */
export function audienceOf({ document, operationName, variableValues, authentication }: Asked): string {
  const caller = authentication.ok && {
    ...authentication.caller,
    scopes: [...authentication.caller.scopes].sort(),
    // Two keys with the same rights see the same.
    keyId: undefined,
  };
  const variables = [...namesBelowTheRoot(document)].sort().map((name) => [name, variableValues?.[name]]);
  return createHash('sha256')
    .update(JSON.stringify([document.loc?.source.body, operationName, variables, caller]))
    .digest('base64');
}

/**
 * The variables that are used anywhere but in the arguments of a subscription's own field: `after` and `filter` choose
 * what comes, not how it looks.
 */
function namesBelowTheRoot(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Argument(_node, _key, _parent, _path, ancestors) {
      const around = ancestors.filter((ancestor) => !Array.isArray(ancestor)).slice(-3);
      const [operation, , field] = around as { kind: Kind }[];
      const isOfRoot = operation?.kind === Kind.OPERATION_DEFINITION && field?.kind === Kind.FIELD;
      return isOfRoot ? false : undefined;
    },
    Variable: ({ name }) => void names.add(name.value),
  });
  return names;
}
