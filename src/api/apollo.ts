import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { RequestContext } from './context';
import type { KnownDocuments } from './documents/known-documents';
import { stringifyJson } from './json-text';
import { QUERY_LIMITS, findExcess } from './query-limits';
import type { PresentError } from './request-errors';

export interface ApolloNeeds {
  schema: GraphQLSchema;
  presentError: PresentError;
  documents: KnownDocuments;
}

/** Apollo Server as Warren wants it: over HTTP. What it does, socket-operations.ts does for WebSockets. */
export function makeApollo({ schema, presentError, documents }: ApolloNeeds): ApolloServer<RequestContext> {
  const isProduction = process.env.NODE_ENV === 'production';
  return new ApolloServer<RequestContext>({
    schema,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: isProduction,
    introspection: !isProduction,
    cache: 'bounded',
    persistedQueries: { cache: documents.cache, ttl: null },
    parseOptions: { maxLexicalTokens: QUERY_LIMITS.tokens },
    // Shutdown is the composition root's.
    stopOnTerminationSignals: false,
    formatError: presentError,
    stringifyResult: stringifyJson,
    plugins: [ApolloServerPluginLandingPageDisabled(), queryLimits(schema, documents)],
  });
}

/** After validation and before anything runs. */
function queryLimits(schema: GraphQLSchema, documents: KnownDocuments): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ document, source, contextValue, request: { operationName, variables } }) {
          const refusal =
            documents.refuse(source, contextValue.authentication) ??
            findExcess({ schema, document, operationName, variables });
          return refusal ? Promise.reject(refusal) : Promise.resolve();
        },
      }),
  };
}
