import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { Router, type ErrorRequestHandler, type RequestHandler, type Response } from 'express';
import type { InspectRequest } from './inspect-request';
import { makeWaitingRoom } from './waiting-room';

export const INSPECT_PATH = '/inspect';

/** Where an inspector takes requests; paths and queries may follow. */
export const inspectorUrl = (publicUrl: string, token: string): string =>
  `${publicUrl.replace(/\/+$/, '')}${INSPECT_PATH}/${token}`;

export interface InspectRouteSettings {
  inspect: InspectRequest;
  observe: (outcome: RouteOutcome, error?: unknown) => void;
  maxBodyBytes: number;
  addressOf: (request: IncomingMessage) => string | null;
  /** Aborted when the process stops: nobody is kept waiting then. */
  stopping: AbortSignal;
}

export type RouteOutcome = 'kept' | keyof typeof REFUSALS;

const REFUSALS = {
  unknown: { status: 404, text: 'There is no inspector at this address, or no longer.' },
  'rate-limited': { status: 429, text: 'Too many requests; try again in a moment.' },
  busy: { status: 503, text: 'Too many requests wait for their answer here; try again in a moment.' },
  'too-large': { status: 413, text: 'The body is larger than an inspector takes.' },
  unreadable: { status: 400, text: 'The body is compressed, or was cut off.' },
  unavailable: { status: 503, text: 'The request could not be kept; try again in a moment.' },
} as const;

/**
 * What an inspector answers is a stranger's text on this deployment's own address: a browser must neither run it, nor
 * take it for anything but text, nor keep it.
 */
const INERT = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cache-control': 'no-store',
};

/** Every method at `/inspect/<token>` and below; the body stays bytes. */
export function makeInspectRoute(settings: InspectRouteSettings): Router {
  const { inspect, observe, maxBodyBytes, addressOf, stopping } = settings;
  const room = makeWaitingRoom();

  const turnAway = (response: Response, outcome: keyof typeof REFUSALS, error?: unknown): void => {
    observe(outcome, error);
    const { status, text } = REFUSALS[outcome];
    send(response, status, `${text}\n`);
  };

  async function holdBack(response: Response, delayMs: number): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort();
    response.once('close', end);
    stopping.addEventListener('abort', end, { once: true });
    await sleep(delayMs, undefined, { signal: over.signal }).catch(() => undefined);
    response.off('close', end);
    stopping.removeEventListener('abort', end);
  }

  const take: RequestHandler<{ token: string }> = async (request, response) => {
    let leave = (): void => undefined;
    const mayWait = (tenantId: string): boolean => {
      const place = room.enter(tenantId);
      leave = place ?? leave;
      return place !== undefined;
    };
    const { method, url: path, params } = request;
    const body: unknown = request.body;
    const incoming = {
      ...{ method, path, headers: textOf(request.headers) },
      body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    };
    try {
      const inspection = await inspect(params.token, incoming, addressOf(request), mayWait);
      if (inspection.outcome !== 'kept') {
        turnAway(response, inspection.outcome);
        return;
      }
      observe('kept');
      if (inspection.delayMs > 0) await holdBack(response, inspection.delayMs);
      send(response, inspection.status, inspection.body);
    } catch (error) {
      turnAway(response, 'unavailable', error);
    } finally {
      leave();
    }
  };

  const unreadBody: ErrorRequestHandler = (
    error: { status?: unknown; type?: unknown },
    _,
    response,
    next,
  ) => {
    if (response.headersSent || typeof error.status !== 'number' || error.status >= 500) next(error);
    // A token that cannot be decoded is nobody's.
    else if (error instanceof URIError) turnAway(response, 'unknown');
    else turnAway(response, error.type === 'entity.too.large' ? 'too-large' : 'unreadable');
  };

  // Signatures are over what was sent.
  const rawBody = express.raw({ type: () => true, limit: maxBodyBytes, inflate: false });
  const router = Router();
  router.use(`${INSPECT_PATH}/:token`, rawBody, take);
  router.use(INSPECT_PATH, unreadBody);
  return router;
}

function send(response: Response, status: number, body: string): void {
  if (response.destroyed) return;
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  const length = hasBody ? { 'content-length': Buffer.byteLength(body) } : {};
  response.writeHead(status, { ...INERT, ...length }).end(hasBody ? body : undefined);
}

const textOf = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
