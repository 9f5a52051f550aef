import type { Answer } from '../../domain/delivery/outcome';
import type { HttpDestination } from '../http/http';

/** Of the SDK's own request, what is needed to make it. */
interface SdkRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** There is no whole answer of AWS; `answer` says why. */
export class NoAnswerError extends Error {
  constructor(readonly answer: Answer) {
    super(answer.errorDetail);
  }
}

/**
 * Carries the SDK's signed requests over Warren's own HTTP: the outbound policy, the limits on answers and the pooled
 * connections are those of any other request. The SDK's own transport has none of these.
 */
export function makeAwsTransport(http: HttpDestination) {
  return {
    async handle(request: SdkRequest, { requestTimeout = 0 }: { requestTimeout?: number } = {}) {
      const { protocol, hostname, port, path, body } = request;
      const answer = await http.send({
        url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`,
        headers: withoutConnection(request.headers),
        body: bytesOf(body),
        timeoutMs: requestTimeout,
      });
      const { response } = answer;
      if (!response || isBrokenOff(answer)) throw new NoAnswerError(answer);
      return {
        response: { statusCode: response.status, headers: response.headers, body: response.body },
      };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    // The connections are those of HTTP, which closes them.
    destroy: () => undefined,
  };
}

/** Text, or bytes that the SDK does not like to have looked at as text. */
function bytesOf(body: unknown): Buffer {
  if (!(body instanceof Uint8Array)) return Buffer.from((body ?? '') as string);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** `host` and `content-length` are signed with the values that undici sets. */
function withoutConnection(headers: Record<string, string>): Record<string, string> {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(named.filter(([name]) => name !== 'host' && name !== 'content-length'));
}

const isBrokenOff = ({ response, error }: Answer): boolean =>
  error !== undefined && error !== `HTTP_${response?.status ?? 0}`;
