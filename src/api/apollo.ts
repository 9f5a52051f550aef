import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, OperationTypeNode, type GraphQLSchema } from 'graphql';
import type { RequestContext } from './context';
import type { KnownDocuments } from './documents/known-documents';
import { stringifyJson } from '../runtime/json-text';
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
    plugins: [...NOTHING_OF_ITS_OWN, queryLimits(schema, documents), fewFaults, legacyStatus],
  });
}

/**
 * What Apollo Server brings unless told otherwise. Cache hints are worked out for each field of each answer, though none is to be
 * kept; and an APOLLO_KEY in the environment would send what tenants ask to somebody outside.
 */
const NOTHING_OF_ITS_OWN: ApolloServerPlugin<RequestContext>[] = [
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
];

/** After validation and before anything runs. */
function queryLimits(schema: GraphQLSchema, documents: KnownDocuments): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ document, source, operation, contextValue, request }) {
          const { operationName, variables } = request;
          const refusal =
            documents.refuse(source, contextValue.authentication) ??
            (operation?.operation === OperationTypeNode.SUBSCRIPTION ? needsSocket() : undefined) ??
            findExcess({ schema, document, operationName, variables });
          return refusal ? Promise.reject(refusal) : Promise.resolve();
        },
      }),
  };
}

const needsSocket = (): GraphQLError =>
  new GraphQLError(
    'A subscription needs a WebSocket: connect to this URL with the protocol graphql-transport-ws.',
    { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } },
  );

/** Validation names up to a hundred. */
const fewFaults: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse({ response: { body } }) {
        if (body.kind !== 'single') return Promise.resolve();
        const { errors } = body.singleResult;
        if (errors?.[0]?.extensions?.code === 'GRAPHQL_VALIDATION_FAILED')
          body.singleResult.errors = errors.slice(0, QUERY_LIMITS.faults);
        return Promise.resolve();
      },
    }),
};

/** Failures of the document and its variables, which that rule is about. */
const OF_DOCUMENT: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
]);

/**
 * Who asks for application/json by name gets 200 with the errors in the body, as GraphQL over HTTP has it for that type;
 * who takes application/graphql-response+json, or anything, gets 400.
 */
const legacyStatus: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse({ request, response: { http, body } }) {
        const accept = request.http?.headers.get('accept') ?? '';
        const isLegacy = accept.includes('application/json') && !accept.includes('graphql-response');
        const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
        const isOfDocument = errors.some(({ extensions }) => OF_DOCUMENT.has(extensions?.code));
        if (isLegacy && http.status === 400 && isOfDocument) http.status = 200;
        return Promise.resolve();
      },
    }),
};
