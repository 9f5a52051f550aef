import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A receiver in a process of its own: answers 204, at once or after as many milliseconds as its argument says, and keeps count. Talks to its parent over IPC:
 * `{ reset }` forgets, `{ count }` answers with how many have arrived and when (ms since the epoch) the last one did,
 * `{ report }` with everything that is known of them.
 */
let count = 0;
let lastAtMs = 0;
let latenciesMs: number[] = [];
let arrivalsMs: number[] = [];
const answerMs = Number(process.argv[2] ?? 0);
const MAX_SAMPLES = 200_000;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (answerMs > 0) setTimeout(() => response.writeHead(204).end(), answerMs);
    else response.writeHead(204).end();
    lastAtMs = performance.timeOrigin + performance.now();
    count++;
    if (arrivalsMs.length < MAX_SAMPLES) arrivalsMs.push(lastAtMs);
    // Events of the latency scenario carry when they were published.
    const sentAt = /"sentAtMs":([\d.]+)/.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
    if (sentAt && latenciesMs.length < MAX_SAMPLES) latenciesMs.push(lastAtMs - Number(sentAt));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', (message: { reset?: boolean; count?: boolean; report?: boolean }) => {
  if (message.reset) {
    count = 0;
    latenciesMs = [];
    arrivalsMs = [];
  }
  // Asked again and again while something is measured: it must cost nothing.
  if (message.count) process.send?.({ count, lastAtMs });
  if (message.report) process.send?.({ count, lastAtMs, latenciesMs, arrivalsMs });
});
process.on('disconnect', () => process.exit(0));
