import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from '../../runtime/logger';

const NOTHING_HERE = [
  'There is nothing at this address.',
  'The portal is at /portal, the API at /graphql, the documentation at /docs/guide/.',
].join(' ');

/** Where no route has answered; mount it behind all of them. */
export const nothingHere: RequestHandler = (_request, response) => answer(response, 404, NOTHING_HERE);

/**
 * What a route could not take, such as an address that cannot be decoded, or broke on. Without this Express answers
 * with the stack, which tells strangers where the program's files are.
 */
export const makeRouteErrors =
  (log: Logger): ErrorRequestHandler =>
  (error: { status?: unknown }, request, response, next) => {
    const isRequests = typeof error.status === 'number' && error.status >= 400 && error.status < 500;
    if (!isRequests) log.error({ err: error, method: request.method }, 'http.failed');
    // Only closing the connection says then that the answer is not whole.
    if (response.headersSent) next(error);
    else if (isRequests)
      answer(response, Number(error.status), 'The request, or its address, cannot be read.');
    else answer(response, 500, 'Something broke on Warren’s side.');
  };

function answer(response: Response, status: number, text: string): void {
  response.set({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  response.status(status).type('text').send(`${text}\n`);
}
