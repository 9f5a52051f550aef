import { isUtf8 } from 'node:buffer';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { exceedsDepth } from '../../domain/data/json-bytes';
import { parseJson } from '../../runtime/json-text';

export const MAX_BODY_BYTES = 1024 * 1024;
/** Event data may have 64 levels; it lies some levels down in the variables. */
export const MAX_BODY_DEPTH = 100;

/** Reads the body as bytes and parses it without loss. Apollo refuses whatever is no JSON request by itself. */
export const jsonBody: RequestHandler[] = [
  express.raw({ type: () => true, limit: MAX_BODY_BYTES }),
  (request, response, next) => {
    const bytes: unknown = request.body;
    request.body = undefined;
    if (!Buffer.isBuffer(bytes) || bytes.length === 0 || !request.is(['json', '+json'])) {
      next();
      return;
    }
    const read = readJson(bytes);
    if (!read.ok) {
      response.status(400).json(requestErrors(read.reason));
      return;
    }
    request.body = read.value;
    next();
  },
];

export function readJson(bytes: Buffer): { ok: true; value: unknown } | { ok: false; reason: string } {
  if (!isUtf8(bytes)) return { ok: false, reason: 'The request is not valid UTF-8.' };
  if (exceedsDepth(bytes, MAX_BODY_DEPTH)) {
    return { ok: false, reason: `The request’s JSON is nested more than ${MAX_BODY_DEPTH} levels deep.` };
  }
  try {
    return { ok: true, value: parseJson(bytes.toString('utf8')) };
  } catch {
    return { ok: false, reason: 'The request is not JSON.' };
  }
}

/** For what goes wrong before Apollo sees the request: a body too large, an unknown encoding, a broken connection. */
export const bodyErrors: ErrorRequestHandler = (
  error: { status?: unknown; type?: unknown },
  _request,
  response,
  next,
) => {
  if (response.headersSent || typeof error.status !== 'number' || error.status >= 500) {
    next(error);
    return;
  }
  const isTooLarge = error.type === 'entity.too.large';
  const message = isTooLarge
    ? `The request is larger than ${MAX_BODY_BYTES} bytes; publish fewer events at once.`
    : 'The request’s body cannot be read.';
  response.status(error.status).json(requestErrors(message));
};

const requestErrors = (message: string) => ({
  errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }],
});
