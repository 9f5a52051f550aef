import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Destinations } from '../../../src/destinations/destinations';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { waitUntil } from '../../support/wait-until';

const INFO = 'INFO {"server_id":"x","version":"2.10.0","proto":1,"max_payload":1048576,"headers":true}\r\n';
const MEGABYTE = 1024 * 1024;
let destinations: Destinations;
let server: Server;
let sockets: Set<Socket>;
let connections = 0;

beforeEach(() => void (destinations = openDestinations()));
afterEach(async () => {
  await destinations.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function listen(greet: (socket: Socket) => void): Promise<void> {
  sockets = new Set();
  connections = 0;
  server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    greet(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** Takes whoever signs in. */
const greet = (socket: Socket, then: () => void): void => {
  socket.write(INFO);
  socket.once('data', () => {
    socket.write('PONG\r\n');
    then();
  });
};

/** From one endpoint, so over one connection while that is good. */
const send = (timeoutMs: number) => {
  const { port } = server.address() as AddressInfo;
  return destinations.send(
    makeDestinationRequest(`nats://127.0.0.1:${port}/a`, { endpointId: 'ep_1', timeoutMs }),
  );
};

it.each([true, false])(
  'is cut off when it pings without end, whether it reads (%s) or not',
  async (reads) => {
    let written = 0;
    const pings = Buffer.from('PING\r\n'.repeat(10_000));
    await listen((socket) =>
      greet(socket, () => {
        if (reads) socket.resume();
        else socket.pause();
        const more = (): void => {
          while (!socket.destroyed && socket.write(pings));
        };
        socket.on('drain', more);
        setTimeout(more, 100);
        socket.on('close', () => (written = socket.bytesWritten));
      }),
    );
    expect((await send(5000)).error).toMatch(/^(REFUSED|CONNECTION_RESET)$/);
    await waitUntil(() => written > 0);
    expect(written).toBeLessThan(16 * MEGABYTE);
  },
);

it('is cut off when its greeting does not end', async () => {
  await listen((socket) => {
    socket.write('INFO {"server_id":"');
    const more = setInterval(() => socket.write('x'.repeat(1024)), 1);
    socket.on('close', () => clearInterval(more));
  });
  expect(await send(5000)).toMatchObject({ error: 'CONNECTION_RESET' });
  await waitUntil(() => sockets.size === 0);
});

it('that never greets has no connection left when the time for that is over', async () => {
  await listen(() => undefined);
  expect(await send(11_000)).toMatchObject({ error: 'TIMEOUT' });
  await waitUntil(() => sockets.size === 0);
}, 15_000);

it('loses the connection on which it left a message without an answer', async () => {
  await listen((socket) => greet(socket, () => socket.resume()));
  for (let sent = 1; sent <= 3; sent++) {
    expect(await send(300)).toMatchObject({ error: 'TIMEOUT' });
    expect(connections).toBe(sent);
    // The attempt began a little before its message was sent.
    await pause(150);
  }
  await waitUntil(() => sockets.size === 1);
});
