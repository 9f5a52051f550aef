import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

/** Which pages may call: those of our own address, and those of the origins that are listed. */
export function isAllowedOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  // Programs send no origin, browsers always do: the check is against pages that use their visitor's network.
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

const PREFLIGHT_SECONDS = 600;

/** Cross-origin resource sharing (https://fetch.spec.whatwg.org/#http-cors-protocol) for the listed origins. */
export function makeCors(allowed: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const { origin } = request.headers;
    response.vary('Origin');
    if (origin !== undefined && allowed.includes(origin)) {
      response.set({
        'access-control-allow-origin': origin,
        'access-control-allow-headers':
          'authorization, content-type, warren-tenant, apollo-require-preflight, traceparent',
        'access-control-allow-methods': 'GET, POST',
        'access-control-max-age': String(PREFLIGHT_SECONDS),
      });
    }
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    response.status(204).end();
  };
}
