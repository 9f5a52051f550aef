import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

const servers: Server[] = [];

/** A server on loopback that greets everybody who connects and says nothing more. Resolves to its port. */
export async function answering(greeting: Buffer): Promise<number> {
  // Without a reader the end of a connection is never seen, and the open socket keeps the test run alive.
  const server = createServer((socket) => {
    socket.resume().on('error', () => undefined);
    socket.write(greeting);
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export function stopAnswering(): void {
  for (const server of servers.splice(0)) server.close();
}
