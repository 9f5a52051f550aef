import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A receiver in a process of its own: answers 204 at once and keeps count. Talks to its parent over IPC:
 * `{ reset }` forgets, `{ report }` answers with what has arrived and when (ms since the epoch) the last one did.
 */
let count = 0;
let lastAtMs = 0;
let latenciesMs: number[] = [];
const MAX_LATENCIES = 200_000;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(204).end();
    lastAtMs = performance.timeOrigin + performance.now();
    count++;
    // Events of the latency scenario carry when they were published.
    const sentAt = /"sentAtMs":([\d.]+)/.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
    if (sentAt && latenciesMs.length < MAX_LATENCIES) latenciesMs.push(lastAtMs - Number(sentAt));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', (message: { reset?: boolean; report?: boolean }) => {
  if (message.reset) {
    count = 0;
    latenciesMs = [];
  }
  if (message.report) process.send?.({ count, lastAtMs, latenciesMs });
});
process.on('disconnect', () => process.exit(0));
