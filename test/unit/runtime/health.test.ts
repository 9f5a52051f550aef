import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { makeHealthRoutes, type Readiness } from '../../../src/runtime/health';
import { makeMetrics } from '../../../src/runtime/metrics';

interface Serving {
  readiness?: Readiness;
  registry?: Registry;
  beforeScrape?: () => Promise<void>;
}

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close().closeAllConnections()));

async function serve({ readiness, registry, beforeScrape }: Serving = {}): Promise<string> {
  const routes = makeHealthRoutes(
    readiness ?? (() => Promise.resolve([])),
    registry ?? new Registry(),
    beforeScrape ?? (() => Promise.resolve()),
  );
  const server = createServer((request, response) => {
    if (!routes(request, response)) response.writeHead(404).end('not mine');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const get = (url: string, method = 'GET'): Promise<Response> =>
  fetch(url, { method, signal: AbortSignal.timeout(2000) });

describe('/healthz', () => {
  it('says that the process is alive, whatever else is wrong', async () => {
    const url = await serve({ readiness: () => Promise.resolve(['everything is wrong']) });
    const response = await get(`${url}/healthz?from=probe`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('answers HEAD as well, without a body', async () => {
    const response = await get(`${await serve()}/healthz`, 'HEAD');
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('/readyz', () => {
  it('is 200 when nothing speaks against it', async () => {
    const response = await get(`${await serve()}/readyz`);
    expect([response.status, await response.json()]).toEqual([200, { ready: true, reasons: [] }]);
  });

  it('is 503 with the reasons', async () => {
    const reasons = ['broker: not connected', 'worker: not consuming yet'];
    const response = await get(`${await serve({ readiness: () => Promise.resolve(reasons) })}/readyz`);
    expect([response.status, await response.json()]).toEqual([503, { ready: false, reasons }]);
  });

  it('is 503 when nobody can tell, and says nothing of the error', async () => {
    const readiness: Readiness = () => Promise.reject(new Error('mysql://user:hunter2@host'));
    const response = await get(`${await serve({ readiness })}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('hunter2');
  });
});

describe('/metrics', () => {
  it('is what Prometheus reads, up to date', async () => {
    const { registry, brokerUp } = makeMetrics();
    const beforeScrape = (): Promise<void> => {
      brokerUp.set(1);
      return Promise.resolve();
    };
    const response = await get(`${await serve({ registry, beforeScrape })}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('warren_broker_up 1');
  });

  it('is served although what is measured just before cannot be', async () => {
    const beforeScrape = (): Promise<void> => Promise.reject(new Error('the broker is away'));
    const response = await get(`${await serve({ registry: makeMetrics().registry, beforeScrape })}/metrics`);
    expect(response.status).toBe(200);
  });

  it('is an answer also when the registry fails', async () => {
    const registry = new Registry();
    jest.spyOn(registry, 'metrics').mockImplementation(() => Promise.reject(new Error('a collector failed')));
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const status = await get(`${await serve({ registry })}/metrics`).then(
      (response) => response.status,
      () => 0,
    );
    process.off('unhandledRejection', unhandled);
    expect([status, unhandled.mock.calls.length]).toEqual([500, 0]);
  });
});

describe('anything else', () => {
  it.each([
    ['/healthz/', 'GET'],
    ['/', 'GET'],
    ['/graphql', 'GET'],
    ['/healthz', 'POST'],
    ['/metrics', 'DELETE'],
  ])('is left to others: %s by %s', async (path, method) => {
    const response = await get(`${await serve()}${path}`, method);
    expect([response.status, await response.text()]).toEqual([404, 'not mine']);
  });
});
