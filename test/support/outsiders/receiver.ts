import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A webhook as it arrived. */
export interface Arrival {
  /** The path it was sent to: tests give each endpoint one of its own. */
  path: string;
  /** Header `webhook-id`. */
  id: string;
  /** Header `warren-attempt`. */
  attempt: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Milliseconds since the epoch. */
  atMs: number;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** How long it takes to answer. */
  delayMs?: number;
  /** It does not answer before this. */
  after?: Promise<unknown>;
}

export interface Receiver {
  url(path: string): string;
  /** In the order in which they came. */
  arrivals: Arrival[];
  at(path: string): Arrival[];
  /** What is answered from now on; 204 unless told. */
  answer(reply: (arrival: Arrival) => Reply): void;
  close(): Promise<void>;
}

/** A receiver of webhooks that keeps all it gets. */
export async function startReceiver(): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  let reply: (arrival: Arrival) => Reply = () => ({});
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const { headers } = request;
      const arrival: Arrival = {
        path: request.url ?? '',
        id: String(headers['webhook-id']),
        attempt: Number(headers['warren-attempt']),
        headers,
        body: Buffer.concat(chunks),
        atMs: Date.now(),
      };
      arrivals.push(arrival);
      const { status = 204, headers: extra = {}, body = '', delayMs = 0, after } = reply(arrival);
      const end = (): void => void response.writeHead(status, extra).end(body);
      if (after) void after.then(end);
      else if (delayMs > 0) void sleep(delayMs).then(end);
      else end();
    });
  });
  // Idle connections must outlive Warren's own limit, or a test would measure the receiver.
  server.keepAliveTimeout = 30_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: (path) => `${origin}${path}`,
    arrivals,
    at: (path) => arrivals.filter((arrival) => arrival.path === path),
    answer: (next) => void (reply = next),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** How often each webhook-id came. */
export function countById(arrivals: readonly Arrival[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id } of arrivals) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
