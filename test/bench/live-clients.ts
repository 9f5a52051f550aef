import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/**
 * Clients that watch deliveryUpdated, in a process of their own: graphql-ws as anybody has it. Over IPC: `{ reset }`
 * forgets, `{ report }` answers with how many updates came and how long each was on its way.
 * argv: GraphQL URL, payload of connection_init as JSON, how many.
 */
const [, , url = '', params = '{}', count = '1'] = process.argv;
const MAX_SAMPLES = 2_000_000;
const latenciesMs = new Float64Array(MAX_SAMPLES);
let samples = 0;
let updates = 0;

interface Update {
  deliveryUpdated: { status: string; delivery: { updatedAt: string } };
}

const query = `subscription { deliveryUpdated {
  cursor status
  delivery { id status updatedAt endpoint { name } event { type } }
  attempt { number responseStatus error durationMs }
} }`;

function take({ deliveryUpdated: { status, delivery } }: Update): void {
  updates++;
  // The row's time is taken just before its transaction; while PENDING is read it may have gone further.
  if (status !== 'DELIVERED' || samples >= MAX_SAMPLES) return;
  latenciesMs[samples++] = performance.timeOrigin + performance.now() - Date.parse(delivery.updatedAt);
}

async function watch(): Promise<void> {
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: JSON.parse(params) as Record<string, unknown>,
    retryAttempts: 0,
  });
  const opened = new Promise<void>((resolve) => client.on('connected', () => resolve()));
  client.subscribe<Update>(
    { query },
    {
      next({ data }) {
        if (data) take(data);
      },
      error: (error) => void process.stderr.write(`watch: ${JSON.stringify(error)}\n`),
      complete: () => undefined,
    },
  );
  await opened;
}

process.on('message', (message: { reset?: boolean; report?: boolean }) => {
  if (message.reset) samples = updates = 0;
  if (message.report) {
    const sorted = latenciesMs.slice(0, samples).sort();
    const at = (share: number): number => sorted[Math.min(samples - 1, Math.floor(samples * share))] ?? NaN;
    process.send?.({ updates, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) });
  }
});
process.on('disconnect', () => process.exit(0));

async function main(): Promise<void> {
  for (let opened = 0; opened < Number(count); opened += 50)
    await Promise.all(Array.from({ length: Math.min(50, Number(count) - opened) }, watch));
  process.send?.({ ready: true });
}
void main();
