import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface SeenSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** Of OTLP: 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: Record<string, unknown>;
  links: string[];
  isError: boolean;
}

export interface OtlpCollector {
  url: string;
  spans: SeenSpan[];
  /** Attributes of the resources that sent. */
  resources: Record<string, unknown>[];
  /** Everything that was sent, as text. */
  raw(): string;
  close(): Promise<void>;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}
interface Sent {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<SeenSpan, 'attributes' | 'links'> & {
        attributes: Attribute[];
        links?: { spanId: string }[];
        status?: { code?: number };
      })[];
    }[];
  }[];
}

const ERROR = 2;
const objectOf = (attributes: Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** A collector of spans by OTLP over HTTP with JSON (https://opentelemetry.io/docs/specs/otlp). */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: SeenSpan[] = [];
  const resources: Record<string, unknown>[] = [];
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    if (request.url !== '/v1/traces') return void response.writeHead(404).end();
    void json(request).then((body) => {
      sent.push(body as Sent);
      for (const { resource, scopeSpans } of (body as Sent).resourceSpans) {
        resources.push(objectOf(resource.attributes));
        for (const span of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({
            ...span,
            attributes: objectOf(span.attributes),
            links: (span.links ?? []).map(({ spanId }) => spanId),
            isError: span.status?.code === ERROR,
          });
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    resources,
    raw: () => JSON.stringify(sent),
    async close() {
      server.closeAllConnections();
      if (server.listening) await once(server.close(), 'close');
    },
  };
}
