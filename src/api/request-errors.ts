import { randomUUID } from 'node:crypto';
import { HeaderMap } from '@apollo/server';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import { REQUEST_ERROR_CODES, type RequestErrorCode } from '../domain/errors';
import type { Scope } from '../domain/scopes';
import type { Logger } from '../runtime/logger';

/** Entries of GraphQL `errors`: what the caller may not do, a malformed document, or something broken here. */
export function requestError(
  code: RequestErrorCode,
  message: string = REQUEST_ERROR_CODES[code],
): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

export const badUserInput = (message: string): GraphQLError => requestError('BAD_USER_INPUT', message);

/** @param scopes any one of which is enough */
export const forbidden = (...scopes: Scope[]): GraphQLError =>
  requestError('FORBIDDEN', `This needs the scope ${scopes.join(' or ')}, which the API key does not have.`);

/** With the pause that is asked for, in the answer and as the header Retry-After. */
export function rateLimited(what: string, retryAfterMs: number): GraphQLError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new GraphQLError(`${what}; try again in ${retryAfterSeconds} s.`, {
    extensions: {
      code: 'RATE_LIMITED',
      retryAfterSeconds,
      http: { status: 429, headers: new HeaderMap([['retry-after', String(retryAfterSeconds)]]) },
    },
  });
}

const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'POOL_CLOSED',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_ENQUEUE_AFTER_QUIT',
]);
/** The driver's pool has no code for a queue that is full or a pool that was closed. */
const UNAVAILABLE_MESSAGES = new Set([
  'Queue limit reached.',
  'Pool is closed.',
  'No connections available.',
]);
const MAX_CAUSES = 8;

/** True when the broker or the database is what failed, so that trying again later may help. */
export function isUnavailable(error: unknown): boolean {
  let at = (error ?? undefined) as { name?: unknown; code?: unknown; message?: unknown } | undefined;
  for (let depth = 0; depth < MAX_CAUSES && typeof at === 'object'; depth++) {
    if (at.name === 'BrokerUnavailable' || UNAVAILABLE_CODES.has(String(at.code))) return true;
    if (UNAVAILABLE_MESSAGES.has(String(at.message))) return true;
    const { originalError, cause, driverError } = at as Record<string, unknown>;
    at = originalError ?? driverError ?? cause ?? undefined;
  }
  return false;
}

export type PresentError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** What the caller gets to see of an error. What is ours stays here: they get an id, the log has the rest. */
export function makePresentError(log: Pick<Logger, 'error' | 'warn'>): PresentError {
  return (formatted, error) => {
    const { path, locations } = formatted;
    const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
    if (isUnavailable(error)) {
      log.warn({ err: error, path }, 'request.unavailable');
      return {
        message: REQUEST_ERROR_CODES.SERVICE_UNAVAILABLE,
        ...place,
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      };
    }
    const code = codeOf(formatted, error);
    if (code !== 'INTERNAL_SERVER_ERROR')
      return { message: formatted.message, ...place, extensions: { code, ...pauseOf(formatted) } };
    const requestId = randomUUID();
    log.error({ err: error, path, requestId }, 'request.failed');
    return { message: REQUEST_ERROR_CODES.INTERNAL_SERVER_ERROR, ...place, extensions: { code, requestId } };
  };
}

export function presentAll(errors: readonly GraphQLError[], present: PresentError): GraphQLFormattedError[] {
  return errors.map((error) => present(error.toJSON(), error));
}

function pauseOf({ extensions }: GraphQLFormattedError): { retryAfterSeconds?: number } {
  const seconds = extensions?.retryAfterSeconds;
  return typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {};
}

/** What Apollo calls a request that is malformed as a whole; to the caller it is one thing: mend what you send. */
const OF_APOLLO: ReadonlySet<unknown> = new Set(['BAD_REQUEST', 'OPERATION_RESOLUTION_FAILURE']);

/** Apollo has no code for a hash that is not the document's, only a status. */
function isRefusedByApollo(error: unknown): boolean {
  const { code, http } = error instanceof GraphQLError ? error.extensions : {};
  return code === undefined && (http as { status?: unknown } | undefined)?.status === 400;
}

function codeOf({ extensions }: GraphQLFormattedError, error: unknown): string {
  if (OF_APOLLO.has(extensions?.code) || isRefusedByApollo(error)) return 'BAD_USER_INPUT';
  if (typeof extensions?.code === 'string') return extensions.code;
  // graphql-js itself complains of variables without a code; it points at their definition.
  const isAboutVariable =
    error instanceof GraphQLError && error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
  return isAboutVariable ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
}
