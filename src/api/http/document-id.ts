import type { Request, RequestHandler } from 'express';
import { plainHash } from '../documents/trusted-documents';

/**
 * `documentId`, as the appendix "Persisted Documents" of GraphQL over HTTP has it, in the words that Apollo understands.
 * In the body of a POST or the address of a GET.
 */
export const documentId: RequestHandler = (request, _response, next) => {
  if (request.method === 'GET') readAddress(request);
  else readBody(request);
  next();
};

const persistedQuery = (id: string) => ({ persistedQuery: { version: 1, sha256Hash: plainHash(id) } });

function readBody(request: Request): void {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null || !('documentId' in body)) return;
  const { documentId: id, ...rest } = body;
  if (typeof id === 'string') request.body = { ...rest, extensions: persistedQuery(id) };
}

function readAddress(request: Request): void {
  const [path = '', search = ''] = request.url.split('?');
  const parameters = new URLSearchParams(search);
  const id = parameters.get('documentId');
  if (id === null) return;
  parameters.delete('documentId');
  parameters.set('extensions', JSON.stringify(persistedQuery(id)));
  request.url = `${path}?${parameters.toString()}`;
}

/** The text of the document; empty where there is none, or it is named by its hash. */
export function documentIn({ method, body, query }: Pick<Request, 'method' | 'body' | 'query'>): string {
  const from = (method === 'GET' ? query : body) as { query?: unknown } | null | undefined;
  return typeof from?.query === 'string' ? from.query : '';
}
