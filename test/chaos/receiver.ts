import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger, type ReceivedEntry } from './ledger';

/**
 * A receiver whose word counts: each request is on its disk before it is answered. What it answers is in the path's
 * query: `?fail=2` answers 500 to the first two attempts, `?after=5` asks for as many seconds (429) for the first second in
 * which something comes, `?status=…` answers something else than 204, `?delay=30` after 30 ms.
 */
async function receive(path: string): Promise<void> {
  const ledger = await openLedger<ReceivedEntry>(path);
  let count = 0;
  /** Of those who ask for time. */
  let firstAtMs: number | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const atMs = Date.now();
      count++;
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://receiver');
      const attempt = Number(request.headers['warren-attempt']);
      const fails = attempt <= Number(searchParams.get('fail') ?? 0);
      firstAtMs ??= searchParams.has('after') ? atMs : undefined;
      const after = firstAtMs && atMs < firstAtMs + 1000 ? searchParams.get('after') : null;
      const status = after ? 429 : fails ? 500 : Number(searchParams.get('status') ?? 204);
      const { data } = JSON.parse(Buffer.concat(chunks).toString()) as { data: { key: string } };
      const id = String(request.headers['webhook-id']);
      void ledger
        .write({ id, attempt, atMs, key: data.key, path: pathname, status })
        .then(() => sleep(Number(searchParams.get('delay') ?? 0)))
        .then(() => response.writeHead(status, after ? { 'retry-after': after } : {}).end());
    });
  });
  server.keepAliveTimeout = 30_000;
  const listen = (port: number): void => {
    server.listen(port, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
  };
  let port = 0;
  server.on('listening', () => ({ port } = server.address() as AddressInfo));
  process.on('message', (order: 'down' | 'up' | 'count') => {
    if (order === 'count') process.send?.({ count });
    else if (order === 'up') listen(port);
    else {
      server.closeAllConnections();
      server.close(() => process.send?.({ closed: true }));
    }
  });
  listen(0);
}

void receive(process.argv[2] ?? '');
process.once('disconnect', () => process.exit(0));
