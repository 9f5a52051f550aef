import { WebSocket } from 'ws';

/**
 * Clients that watch deliveryUpdated, in a process of their own. A thousand of them share one core with all the rest,
 * so they do no more than has to be done: frames are counted, and only one client in `SAMPLED` reads what they say.
 * Over IPC: `{ reset }` forgets, `{ report }` answers with how many updates came, how long each that was read was on
 * its way, and what processor time all took.
 * argv: GraphQL URL, payload of connection_init as JSON, how many.
 */
const [, , url = '', params = '{}', count = '1'] = process.argv;
const SAMPLED = 20;
const MAX_SAMPLES = 500_000;
const latenciesMs = new Float64Array(MAX_SAMPLES);
let samples = 0;
let updates = 0;
let cpuBefore = process.cpuUsage();

interface Next {
  type: string;
  payload: { data?: { deliveryUpdated: { status: string; delivery: { updatedAt: string } } } };
}

const query = `subscription { deliveryUpdated {
  cursor status
  delivery { id status updatedAt endpoint { name } event { type } }
  attempt { number responseStatus error durationMs }
} }`;

function read(frame: Buffer): void {
  const { type, payload } = JSON.parse(frame.toString()) as Next;
  const update = payload.data?.deliveryUpdated;
  if (type !== 'next' || !update) throw new Error(`unexpected: ${frame.toString()}`);
  // The row's time is taken just before its transaction; while PENDING is read it may have gone further.
  if (update.status !== 'DELIVERED' || samples >= MAX_SAMPLES) return;
  latenciesMs[samples++] = performance.timeOrigin + performance.now() - Date.parse(update.delivery.updatedAt);
}

function watch(index: number): Promise<void> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
    perMessageDeflate: false,
  });
  const isSampled = index % SAMPLED === 0;
  socket.on('close', (code, reason) => process.stderr.write(`watch: ${code} ${reason.toString()}\n`));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: JSON.parse(params) as object })),
    );
    socket.once('message', () => {
      // An id of its own for each, as graphql-ws has it.
      const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
      socket.on('message', (frame: Buffer) => {
        updates++;
        if (isSampled) read(frame);
      });
      resolve();
    });
  });
}

process.on('message', (message: { reset?: boolean; report?: boolean }) => {
  if (message.reset) {
    samples = updates = 0;
    cpuBefore = process.cpuUsage();
  }
  if (message.report) {
    const sorted = latenciesMs.slice(0, samples).sort();
    const at = (share: number): number => sorted[Math.min(samples - 1, Math.floor(samples * share))] ?? NaN;
    const { user, system } = process.cpuUsage(cpuBefore);
    process.send?.({ updates, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), cpuMicros: user + system });
  }
});
process.on('disconnect', () => process.exit(0));

async function main(): Promise<void> {
  for (let opened = 0; opened < Number(count); opened += 50) {
    const some = Math.min(50, Number(count) - opened);
    await Promise.all(Array.from({ length: some }, (_, n) => watch(opened + n)));
  }
  process.send?.({ ready: true });
}
void main();
