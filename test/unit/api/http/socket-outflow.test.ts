import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket } from 'ws';
import { makeSockets, type SocketNeeds } from '../../../../src/api/http/web-socket';
import { waitUntil } from '../../../support/wait-until';

const BUFFERED_BYTES = 256 * 1024;

let http: Server;
let sockets: ReturnType<typeof makeSockets>;
let stream: Socket | undefined;
let client: WebSocket | undefined;

async function serve(limits: SocketNeeds['limits'] = {}): Promise<void> {
  http = createServer();
  sockets = makeSockets({
    path: '/graphql',
    corsOrigins: [],
    log: { warn: () => undefined },
    authenticator: { authenticate: () => Promise.resolve({ ok: true, actor: { kind: 'key', id: '1' } }) },
    originOf: () => ({ address: '127.0.0.1', userAgent: null }),
    limits: { bufferedBytes: BUFFERED_BYTES, closeWithinMs: 200, ...limits },
  } as unknown as SocketNeeds);
  sockets.attach(http);
  http.on('connection', (socket: Socket) => (stream = socket));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
}
afterEach(async () => {
  client?.terminate();
  await sockets.close();
  await new Promise((resolve) => http.close(resolve));
});

async function open(): Promise<WebSocket> {
  const { port } = http.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
  client = socket;
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await new Promise((resolve) => socket.once('message', resolve));
  return socket;
}

const asked = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(512 * 1024) } });

it('a client that does not read the answers to its messages is not read itself, until it does', async () => {
  await serve();
  const socket = await open();
  socket.pause();
  for (let n = 0; n < 60; n++) socket.send(asked);
  let most = 0;
  let readBefore = 0;
  await waitUntil(() => {
    most = Math.max(most, stream?.writableLength ?? 0);
    const hasCome = stream?.bytesRead ?? 0;
    const isHeld = hasCome > BUFFERED_BYTES && hasCome === readBefore;
    readBefore = hasCome;
    return isHeld;
  });
  expect(most).toBeLessThan(4 * asked.length);
  let answers = 0;
  socket.on('message', () => answers++);
  socket.resume();
  // Thirty megabytes, there and back.
  await waitUntil(() => answers === 60, 30_000);
}, 60_000);

describe('pings', () => {
  const PING_EVERY_MS = 1000;

  it('leave a client that reads slowly, and so sees them late, as long as it reads on', async () => {
    await serve({ pingEveryMs: PING_EVERY_MS });
    const socket = await open();
    let answers = 0;
    socket.on('message', () => answers++);
    for (let n = 0; n < 80; n++) socket.send(asked);
    const startMs = performance.now();
    socket.pause();
    // Some pieces at a time; at last all that the system itself has kept.
    const reading = setInterval(() => {
      socket.resume();
      if (answers < 60) setImmediate(() => socket.pause());
    }, 200);
    await waitUntil(() => answers === 80 || socket.readyState !== WebSocket.OPEN, 40_000);
    clearInterval(reading);
    expect(answers).toBe(80);
    expect(performance.now() - startMs).toBeGreaterThan(2 * PING_EVERY_MS);
  }, 60_000);

  it('end a client that reads nothing more, though something waits for it', async () => {
    await serve({ pingEveryMs: PING_EVERY_MS, stalledMs: 60_000 });
    const socket = await open();
    for (let n = 0; n < 60; n++) socket.send(asked);
    socket.pause();
    await waitUntil(() => stream?.destroyed === true, 20_000);
  }, 30_000);
});
