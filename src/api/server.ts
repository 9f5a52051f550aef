import type { Server } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { expressMiddleware } from '@as-integrations/express5';
import { Router } from 'express';
import type { GraphQLSchema } from 'graphql';
import type { Config } from '../config';
import type { ControlMessage } from '../messages/control';
import { makeAuthenticator } from './authenticate';
import { makeApi, makeContext, type RequestContext } from './context';
import type { ApiDependencies } from './dependencies';
import { credentialsOfHeaders } from './http/credentials';
import { bodyErrors, jsonBody } from './http/json-body';
import { makeCors } from './http/origins';
import { makeSockets, type SOCKET_LIMITS } from './http/web-socket';
import { stringifyJson } from './json-text';
import { QUERY_LIMITS, findExcess } from './query-limits';
import { makePresentError, type PresentError } from './request-errors';
import { makeSchema } from './schema';

export const GRAPHQL_PATH = '/graphql';

export type ApiConfig = Pick<
  Config,
  'operatorKey' | 'ladder' | 'retrySchedule' | 'maxEventBytes' | 'corsOrigins'
>;

export interface ApiRoutes {
  /** Serves /graphql; mount it at the root. */
  router: Router;
  /** WebSockets on the same path. */
  attachWebSocket(httpServer: Server): void;
  /** Every control message that arrives: a revoked key counts at once. */
  noteControl(message: ControlMessage): void;
  /** Closes the sockets and waits for requests that are under way. */
  close(): Promise<void>;
}

/** The GraphQL API over HTTP and WebSocket. */
export async function makeApiRoutes(
  deps: ApiDependencies,
  config: ApiConfig,
  socketLimits: Partial<typeof SOCKET_LIMITS> = {},
): Promise<ApiRoutes> {
  const { stores, log } = deps;
  const schema = makeSchema();
  const { operatorKey, corsOrigins } = config;
  const authenticator = makeAuthenticator({
    operatorKey,
    apiKeys: stores.apiKeys,
    tenants: stores.tenants,
    log,
  });
  const presentError = makePresentError(log);

  function noteControl(message: ControlMessage): void {
    if (message.kind !== 'key-revoked') return;
    authenticator.forget(message.keyId);
    void sockets.recheckNow();
  }
  // What is revoked here counts here at once, and elsewhere when the message arrives.
  function announce(message: ControlMessage): void {
    noteControl(message);
    deps.announce(message);
  }

  const api = makeApi({ ...deps, announce }, config);
  const path = GRAPHQL_PATH;
  const sockets = makeSockets({
    path,
    schema,
    api,
    authenticator,
    presentError,
    corsOrigins,
    log,
    limits: socketLimits,
  });
  const apollo = makeApollo(schema, presentError);
  await apollo.start();

  const context = async ({ req }: { req: { headers: Parameters<typeof credentialsOfHeaders>[0] } }) =>
    makeContext(api, await authenticator.authenticate(credentialsOfHeaders(req.headers)));
  const router = Router();
  router.use(path, makeCors(corsOrigins), ...jsonBody, expressMiddleware(apollo, { context }), bodyErrors);
  return {
    router,
    attachWebSocket: (httpServer) => sockets.attach(httpServer),
    noteControl,
    async close() {
      await sockets.close();
      await apollo.stop();
    },
  };
}

function makeApollo(schema: GraphQLSchema, presentError: PresentError): ApolloServer<RequestContext> {
  const isProduction = process.env.NODE_ENV === 'production';
  return new ApolloServer<RequestContext>({
    schema,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: isProduction,
    introspection: !isProduction,
    cache: 'bounded',
    persistedQueries: false,
    parseOptions: { maxLexicalTokens: QUERY_LIMITS.tokens },
    // Shutdown is the composition root's.
    stopOnTerminationSignals: false,
    formatError: presentError,
    stringifyResult: stringifyJson,
    plugins: [ApolloServerPluginLandingPageDisabled(), queryLimits(schema)],
  });
}

/** After validation and before anything runs. */
function queryLimits(schema: GraphQLSchema): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ document, request: { operationName, variables } }) {
          const excess = findExcess({ schema, document, operationName, variables });
          return excess ? Promise.reject(excess) : Promise.resolve();
        },
      }),
  };
}
