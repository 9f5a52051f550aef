import express, {
  Router,
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { GraphQLError } from 'graphql';
import { stringifyJson } from '../../runtime/json-text';
import type { RequestContext } from '../context';
import { GUIDE_PATH } from '../http/guide-files';
import type { RequestHead } from '../http/client-address';
import { makeCors } from '../http/origins';
import type { PresentError } from '../request-errors';
import { asyncApiOf } from './asyncapi';
import { ASYNCAPI_PATH, OPENAPI_PATH, type ContractSettings, type ContractSubject } from './contract';
import { contractPage } from './contract-page';
import { openApiOf } from './openapi';
import { NOBODYS, readContract } from './read-contract';
import { PAGE_STYLE } from './page-style';

export const DOCS_PATH = '/docs';
export const STYLE_PATH = '/docs/style.css';

export interface ContractRouteNeeds {
  /** Who asks, as with GraphQL; throws RATE_LIMITED. */
  contextOf: (request: RequestHead) => Promise<RequestContext>;
  presentError: PresentError;
  corsOrigins: readonly string[];
  settings: () => ContractSettings;
}

/** RFC 8631: whoever has one of them finds the others. */
const RELATED = [
  `<${OPENAPI_PATH}>; rel="service-desc"; type="application/vnd.oai.openapi+json"`,
  `<${ASYNCAPI_PATH}>; rel="service-desc"; type="application/vnd.aai.asyncapi+json"`,
  `<${DOCS_PATH}>; rel="service-doc"; type="text/html"`,
  `<${GUIDE_PATH}/>; rel="help"; type="text/html"`,
].join(', ');

/** A key and a slug. */
const MAX_FORM_BYTES = 16 * 1024;
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The contracts as documents for programs, and as one page for people. Without a key: the part that is nobody’s. */
export function makeContractRoutes({
  contextOf,
  presentError,
  corsOrigins,
  settings,
}: ContractRouteNeeds): Router {
  const router = Router();
  router.use(DOCS_PATH, (_request, response, next) => {
    response.set('link', RELATED);
    next();
  });
  const document =
    (describe: (subject: ContractSubject, of: ContractSettings) => object): RequestHandler =>
    async (request, response) => {
      const { authorization } = request.headers;
      const isAnonymous = authorization === undefined;
      const subject = isAnonymous
        ? NOBODYS
        : await readContract(await contextOf(request), request.query.after);
      response.vary('Authorization').vary('Warren-Tenant');
      // It may be kept, and is asked for each time whether it still holds.
      response.set('cache-control', isAnonymous ? 'no-cache' : 'private, no-cache');
      // Examples have every digit that their owners wrote.
      response.type('json').send(stringifyJson(describe(subject, settings())));
    };
  const cors = makeCors(corsOrigins);
  router.all([OPENAPI_PATH, ASYNCAPI_PATH], cors);
  router.get(OPENAPI_PATH, document(openApiOf));
  router.get(ASYNCAPI_PATH, document(asyncApiOf));

  router.get(STYLE_PATH, (_request, response) => void response.type('css').send(PAGE_STYLE));
  router.get(DOCS_PATH, (_request, response) => sendPage(response, contractPage(NOBODYS, settings())));
  // A form, so that the page needs no script, and the key is in no address and no history.
  router.post(
    DOCS_PATH,
    express.urlencoded({ extended: false, limit: MAX_FORM_BYTES }),
    async (request, response) => {
      const context = await contextOf(withCredentials(request));
      sendPage(response, contractPage(await readContract(context, undefined), settings()));
    },
  );
  router.use(DOCS_PATH, makeRefusals(presentError, settings));
  return router;
}

/** The request as if what the form has were in its headers. */
function withCredentials(request: Request): RequestHead {
  const { key, tenant } = (request.body ?? {}) as Record<string, unknown>;
  const headers = { ...request.headers };
  if (typeof key === 'string') headers.authorization = `Bearer ${key.trim()}`;
  if (typeof tenant === 'string' && tenant.trim() !== '') headers['warren-tenant'] = tenant.trim();
  return { headers, socket: request.socket };
}

function sendPage(response: Response, html: string, status = 200): void {
  response
    .status(status)
    .set({
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    .type('html')
    .send(html);
}

const STATUS_OF: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
};

/** The same errors as GraphQL’s, with a status of HTTP. */
function makeRefusals(presentError: PresentError, settings: () => ContractSettings): ErrorRequestHandler {
  return (error: { status?: unknown }, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    // What the form’s reader says of a body that is too large or cut off.
    if (typeof error.status === 'number' && error.status < 500) {
      sendPage(response, contractPage(NOBODYS, settings(), 'The form cannot be read.'), error.status);
      return;
    }
    const graphqlError =
      error instanceof GraphQLError
        ? error
        : new GraphQLError('The contract cannot be made.', { originalError: error as Error });
    const shown = presentError(graphqlError.toJSON(), graphqlError);
    const status = STATUS_OF[String(shown.extensions?.code)] ?? 500;
    const retryAfterSeconds = shown.extensions?.retryAfterSeconds;
    if (typeof retryAfterSeconds === 'number') response.set('retry-after', String(retryAfterSeconds));
    if (request.method === 'POST')
      sendPage(response, contractPage(NOBODYS, settings(), shown.message), status);
    else
      response
        .status(status)
        .set('cache-control', 'no-store')
        .json({ errors: [shown] });
  };
}
