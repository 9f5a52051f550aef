import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

/** Why the process cannot take traffic, each in words; empty when it can. */
export type Readiness = () => Promise<string[]>;

/**
 * `/healthz` (the process is alive), `/readyz` (it can take traffic, or 503 with the reasons) and `/metrics`
 * (Prometheus). Every role serves them. Returns false for any other path.
 */
export function makeHealthRoutes(
  readiness: Readiness,
  registry: Registry,
  beforeScrape: () => Promise<void>,
) {
  const routes: Record<string, RequestListener> = {
    '/healthz': (_request, response) => sendJson(response, 200, { status: 'ok' }),
    '/readyz': (_request, response) =>
      void readiness().then(
        (reasons) =>
          sendJson(response, reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons }),
        () => sendJson(response, 503, { ready: false, reasons: ['the readiness check failed'] }),
      ),
    '/metrics': (_request, response) =>
      void beforeScrape()
        .catch(() => undefined)
        .then(() => registry.metrics())
        .then(
          (text) => void response.writeHead(200, { 'content-type': registry.contentType }).end(text),
          () => sendJson(response, 500, { error: 'the metrics cannot be collected' }),
        ),
  };
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const route = request.method === 'GET' || request.method === 'HEAD' ? routes[path] : undefined;
    route?.(request, response);
    return route !== undefined;
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
