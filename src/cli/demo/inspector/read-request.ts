import type { IncomingMessage } from 'node:http';
import type { Failing } from './arrivals';

/**
 * A web page somewhere else must not reach this server through the reader's browser: a rebound name shows in `host`,
 * a form or a fetch of another site in `sec-fetch-site`.
 */
export function isFromHere(request: IncomingMessage): boolean {
  const name = request.headers.host?.replace(/:\d+$/, '');
  const site = request.headers['sec-fetch-site'];
  return (
    (name === '127.0.0.1' || name === 'localhost') &&
    (site === undefined || site === 'same-origin' || site === 'none')
  );
}

/** The whole body, or undefined when it is longer than `maxBytes`; it is read to its end either way. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks);
}

/** `times` (0 to 1000, or always; 1 unless given) and `status` (300 to 599; 500 unless given). */
export function readFailing(query: URLSearchParams): Failing | undefined {
  const times = query.get('times') ?? '1';
  const status = Number(query.get('status') ?? '500');
  const timesLeft = times === 'always' ? Infinity : /^\d{1,4}$/.test(times) ? Number(times) : NaN;
  const isGood =
    (timesLeft <= 1000 || timesLeft === Infinity) &&
    Number.isInteger(status) &&
    status >= 300 &&
    status < 600;
  return isGood ? { timesLeft, status } : undefined;
}
