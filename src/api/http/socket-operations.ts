import { GraphQLError, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { QUERY_LIMITS, findExcess } from '../query-limits';
import { requestError } from '../request-errors';

/** Operations over a WebSocket: what Apollo does for HTTP, with the same limits and the same errors. */

export interface SocketPayload {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/** What to execute, or why not. */
export function prepare(
  schema: GraphQLSchema,
  { query, operationName, variables }: SocketPayload,
): { document: DocumentNode } | { errors: GraphQLError[] } {
  let document: DocumentNode;
  try {
    document = parse(query, { maxLexicalTokens: QUERY_LIMITS.tokens });
  } catch (error) {
    return { errors: [requestError('GRAPHQL_PARSE_FAILED', (error as Error).message)] };
  }
  const faults = validate(schema, document);
  if (faults.length > 0) return { errors: faults.map(asValidationFailure) };
  const excess = findExcess({ schema, document, operationName, variables });
  return excess ? { errors: [excess] } : { document };
}

const asValidationFailure = ({ message, nodes }: GraphQLError): GraphQLError =>
  new GraphQLError(message, {
    ...(nodes ? { nodes } : {}),
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
