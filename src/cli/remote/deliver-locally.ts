import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** What came of one request to this machine. */
export interface LocalAnswer {
  durationMs: number;
  response?: { status: number; headers: Record<string, string>; body: Buffer };
  failure?: 'CONNECTION_REFUSED' | 'CONNECTION_RESET' | 'TIMEOUT' | 'BAD_RESPONSE';
}

export interface LocalRequest {
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
  timeoutMs: number;
}

/** What an attempt keeps of an answer. */
const MAX_BODY_BYTES = 16_384;

/** One POST with exactly these bytes and headers. Never rejects. */
export async function deliverLocally(local: LocalRequest): Promise<LocalAnswer> {
  const startedAt = performance.now();
  const news = await post(local).catch((error: unknown) => ({ failure: failureOf(error) }));
  return { durationMs: Math.round(performance.now() - startedAt), ...news };
}

function post({ url, headers, body, timeoutMs }: LocalRequest): Promise<Omit<LocalAnswer, 'durationMs'>> {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const request = start(
      url,
      // A connection of its own: what is being developed is restarted all the time.
      {
        method: 'POST',
        agent: false,
        signal: deadline,
        headers: { ...headers, 'content-length': String(body.length) },
      },
      (response) => {
        readBody(response).then(
          (read) =>
            resolve({
              response: { status: response.statusCode ?? 0, headers: textOf(response), body: read },
            }),
          reject,
        );
      },
    );
    request.on('error', (error) => reject(deadline.aborted ? new Timeout() : error));
    request.end(body);
  });
}

class Timeout extends Error {}

/** As much as is kept; the rest is not waited for. */
async function readBody(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, MAX_BODY_BYTES);
}

const textOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));

function failureOf(error: unknown): NonNullable<LocalAnswer['failure']> {
  const { code, name } = error as { code?: string; name?: string };
  if (error instanceof Timeout || name === 'TimeoutError' || name === 'AbortError') return 'TIMEOUT';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'CONNECTION_RESET';
  return code?.startsWith('HPE_') ? 'BAD_RESPONSE' : 'CONNECTION_REFUSED';
}
