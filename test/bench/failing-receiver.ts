import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A receiver in a process of its own that refuses: at `/always` everything, elsewhere each delivery the first time. Over
 * IPC: `{ reset }` forgets, `{ count }` answers with how many requests were refused at `/always` and how many deliveries
 * came twice elsewhere, `{ report }` with when the second request of each delivery came, by webhook-id.
 */
const seen = new Set<string>();
let always = 0;
let returnedAtMs: Record<string, number> = {};

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const id = String(request.headers['webhook-id']);
    if (request.url === '/always') always++;
    else if (seen.has(id)) {
      returnedAtMs[id] ??= performance.timeOrigin + performance.now();
      response.writeHead(204).end();
      return;
    } else seen.add(id);
    response.writeHead(500).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', (message: { reset?: boolean; count?: boolean; report?: boolean }) => {
  if (message.reset) {
    seen.clear();
    always = 0;
    returnedAtMs = {};
  }
  if (message.count) process.send?.({ always, returned: Object.keys(returnedAtMs).length });
  if (message.report) process.send?.({ returnedAtMs });
});
process.on('disconnect', () => process.exit(0));
