import type { IncomingMessage } from 'node:http';
import express, { Router, type ErrorRequestHandler, type RequestHandler, type Response } from 'express';
import type { ReceiveWebhook, SourceHappening } from './receive-webhook';
import { refuse, type HttpAnswer, type RefusedOutcome } from './source-answers';

export const SOURCES_PATH = '/in';

/** Where a provider sends to. */
export const sourceUrl = (publicUrl: string, sourceId: string): string =>
  `${publicUrl.replace(/\/+$/, '')}${SOURCES_PATH}/${sourceId}`;

export interface InRouteSettings {
  receive: ReceiveWebhook;
  observe: (happening: SourceHappening) => void;
  maxBodyBytes: number;
  /** Where providers reach Warren: what stands between may have changed address, port and scheme. */
  publicUrl: () => string;
  addressOf: (request: IncomingMessage) => string | null;
}

/** `POST /in/<source id>`: the body stays bytes. */
export function makeInRoute({ receive, observe, maxBodyBytes, publicUrl, addressOf }: InRouteSettings) {
  const turnAway = (response: Response, outcome: RefusedOutcome, headers = {}): void => {
    observe({ outcome, durationMs: 0 });
    send(response, refuse(outcome, headers));
  };
  const postOnly: RequestHandler = (request, response, next) => {
    if (request.method === 'POST') next();
    else turnAway(response, 'not-a-post', { allow: 'POST' });
  };
  const take: RequestHandler<{ id: string }> = async (request, response) => {
    const { headers, originalUrl, params } = request;
    const body: unknown = request.body;
    const inbound = {
      headers,
      body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      url: `${publicUrl().replace(/\/+$/, '')}${originalUrl}`,
    };
    send(response, await receive(params.id, inbound, addressOf(request)));
  };
  const nowhere: RequestHandler = (_request, response) => turnAway(response, 'unknown-source');
  /** A body that is too large, compressed, or cut off; or an id that cannot be decoded, which no source has. */
  const unreadBody: ErrorRequestHandler = (
    error: { status?: unknown; type?: unknown },
    _,
    response,
    next,
  ) => {
    if (response.headersSent || typeof error.status !== 'number' || error.status >= 500) next(error);
    else if (error instanceof URIError) turnAway(response, 'unknown-source');
    else turnAway(response, error.type === 'entity.too.large' ? 'too-large' : 'unreadable');
  };
  // Signatures are over what was sent; no provider compresses.
  const rawBody = express.raw({ type: () => true, limit: maxBodyBytes, inflate: false });
  const router = Router();
  router.all(`${SOURCES_PATH}/:id`, postOnly, rawBody, take);
  router.use(SOURCES_PATH, postOnly, nowhere);
  router.use(SOURCES_PATH, unreadBody);
  return router;
}

function send(response: Response, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
