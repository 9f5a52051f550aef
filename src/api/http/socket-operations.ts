import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import type { KnownDocuments } from '../documents/known-documents';
import { findExcessOfText } from '../text-limits';
import { QUERY_LIMITS, findExcess } from '../query-limits';
import { badUserInput, requestError } from '../request-errors';
import type { Authentication } from '../sign-in/identity';

/** Operations over a WebSocket: what Apollo does for HTTP, with the same limits and the same errors. */

export interface SocketPayload {
  /** Empty when `documentId` or `extensions` names the document. */
  query: string;
  documentId?: unknown;
  extensions?: unknown;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

const NO_OPERATION =
  'operationName must be the name of an operation in the document, and is needed when there are several.';

/** In production nobody needs the schema, nor hints about it, to be told. */
const isProduction = (): boolean => process.env.NODE_ENV === 'production';
const PRODUCTION_RULES = [...specifiedRules, NoSchemaIntrospectionCustomRule];

/** What to execute, or why not. */
export function prepare(
  { schema, documents }: { schema: GraphQLSchema; documents: KnownDocuments },
  payload: SocketPayload,
  authentication: Authentication,
): { document: DocumentNode } | { errors: GraphQLError[] } {
  const { operationName, variables } = payload;
  const query = documents.textOf(payload);
  if (query === undefined) return { errors: [requestError('PERSISTED_QUERY_NOT_FOUND')] };
  const refusal = documents.refuse(query, authentication);
  if (refusal) return { errors: [refusal] };
  const excessOfText = findExcessOfText(query);
  if (excessOfText) return { errors: [excessOfText] };
  let document: DocumentNode;
  try {
    document = parse(query, { maxLexicalTokens: QUERY_LIMITS.tokens });
  } catch (error) {
    return { errors: [requestError('GRAPHQL_PARSE_FAILED', (error as Error).message)] };
  }
  const faults = validate(schema, document, isProduction() ? PRODUCTION_RULES : specifiedRules);
  if (faults.length > 0) return { errors: faults.slice(0, QUERY_LIMITS.faults).map(asValidationFailure) };
  if (!getOperationAST(document, operationName)) return { errors: [badUserInput(NO_OPERATION)] };
  const excess = findExcess({ schema, document, operationName, variables });
  return excess ? { errors: [excess] } : { document };
}

const asValidationFailure = ({ message, nodes }: GraphQLError): GraphQLError =>
  new GraphQLError(isProduction() ? message.replace(/ ?Did you mean(.+?)\?$/, '') : message, {
    ...(nodes ? { nodes } : {}),
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
