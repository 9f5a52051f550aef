import type { Server } from 'node:http';
import { Router, type RequestHandler } from 'express';
import { expressMiddleware } from '@as-integrations/express5';
import type { Config } from '../config';
import { readTraceparent } from '../domain/request/traceparent';
import type { ControlMessage } from '../messages/control';
import { makeApollo } from './apollo';
import { makeAuthenticator } from './authenticate';
import { makeApi, makeContext, type RequestContext } from './context';
import { makeContractRoutes } from './contracts/contract-routes';
import type { ApiDependencies } from './dependencies';
import { makeKnownDocuments } from './documents/known-documents';
import { readTrustedDocuments } from './documents/trusted-documents';
import { makeOriginOf, type RequestHead } from './http/client-address';
import { credentialsOfHeaders } from './http/credentials';
import { documentId, documentIn } from './http/document-id';
import { bodyErrors, jsonBody } from './http/json-body';
import { makeCors } from './http/origins';
import { makeSockets, type SOCKET_LIMITS } from './http/web-socket';
import { findExcessOfText } from './text-limits';
import { makePresentError } from './request-errors';
import { makeRequestLimits } from './request-limits';
import { makeSchema } from './schema';
import { makeIssuerTokens } from './sign-in/issuer-tokens';
import { PORTAL_ISSUER, makePortalTokens } from './sign-in/portal-tokens';
import type { TokenVerifier } from './sign-in/token-claims';

export const GRAPHQL_PATH = '/graphql';

export type ApiConfig = Pick<
  Config,
  | ('operatorKey' | 'masterKeys' | 'ladder' | 'retrySchedule' | 'maxEventBytes' | 'corsOrigins')
  | (
      | 'jwt'
      | 'rateLimitPerSecond'
      | 'trustedProxies'
      | 'trustedDocuments'
      | 'trustedDocumentsOnly'
      | 'inspector'
    )
  | 'namespace'
> & {
  /** Where people reach Warren; asked once it listens. */
  publicUrl: () => string;
  /** How long the issuer's keys are not asked for again; tests are in a hurry. */
  jwksCooldownMs?: number;
};

export interface ApiRoutes {
  /** Serves /graphql and /docs; mount it at the root. */
  router: Router;
  /** WebSockets on the same path. */
  attachWebSocket(httpServer: Server): void;
  /** Every control message that arrives: a revoked key counts at once. */
  noteControl(message: ControlMessage): void;
  /** Closes the sockets and waits for requests that are under way. */
  close(): Promise<void>;
}

/** The GraphQL API over HTTP and WebSocket, and the contracts. */
export async function makeApiRoutes(
  deps: ApiDependencies,
  config: ApiConfig,
  socketLimits: Partial<typeof SOCKET_LIMITS> = {},
): Promise<ApiRoutes> {
  const { stores, log } = deps;
  const schema = makeSchema();
  const { operatorKey, corsOrigins, jwt, jwksCooldownMs } = config;
  const portalTokens = makePortalTokens(config.masterKeys);
  const verifiers = new Map<string, TokenVerifier>([[PORTAL_ISSUER, portalTokens]]);
  if (jwt)
    verifiers.set(
      jwt.issuer,
      makeIssuerTokens(
        { ...jwt, ...(jwksCooldownMs === undefined ? {} : { cooldownMs: jwksCooldownMs }) },
        log,
      ),
    );
  const authenticator = makeAuthenticator({
    operatorKey,
    apiKeys: stores.apiKeys,
    tenants: stores.tenants,
    verifiers,
    log,
    onRefusal: (reason) => deps.observe?.({ kind: 'refused', reason }),
  });
  const trusted = config.trustedDocuments ? await readTrustedDocuments(config.trustedDocuments) : new Map();
  const documents = makeKnownDocuments(trusted, config.trustedDocumentsOnly);
  const requestLimits = makeRequestLimits(config.rateLimitPerSecond, () =>
    deps.observe?.({ kind: 'refused', reason: 'rate-limited' }),
  );
  const originOf = makeOriginOf(config.trustedProxies);
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

  const api = makeApi({ ...deps, announce }, config, portalTokens.sign);
  const path = GRAPHQL_PATH;
  const sockets = makeSockets({
    path,
    schema,
    api,
    authenticator,
    documents,
    requestLimits,
    originOf,
    presentError,
    corsOrigins,
    log,
    limits: socketLimits,
  });
  const apollo = makeApollo({ schema, presentError, documents });
  await apollo.start();

  const contextOf = async (request: RequestHead): Promise<RequestContext> => {
    const origin = originOf(request);
    const authentication = await authenticator.authenticate(
      credentialsOfHeaders(request.headers, origin.address),
    );
    const excess = requestLimits.takeOne(authentication);
    // Before the document is looked at: what is refused must cost nothing.
    if (excess) throw excess;
    return {
      ...makeContext(api, authentication, origin),
      traceparent: readTraceparent(request.headers.traceparent),
    };
  };
  const router = Router();
  router.use(
    path,
    asInertData,
    makeCors(corsOrigins),
    ...jsonBody,
    documentId,
    expressMiddleware(apollo, {
      async context({ req }) {
        const context = await contextOf(req);
        const excess = findExcessOfText(documentIn(req));
        // Apollo has no place between a document's text and its parser where one can be refused.
        if (excess) throw excess;
        return context;
      },
    }),
    bodyErrors,
  );
  const { publicUrl, namespace, maxEventBytes } = config;
  router.use(
    makeContractRoutes({
      contextOf,
      presentError,
      corsOrigins,
      settings: () => ({ publicUrl: publicUrl().replace(/\/+$/, ''), namespace, maxEventBytes }),
    }),
  );
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

/** Whatever is answered, a refusal too: nobody keeps it on its way, and a browser takes it for nothing but what it is. */
const asInertData: RequestHandler = (_request, response, next) => {
  response.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  next();
};
