import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire between a client and a server that a test can cut, stop and forbid. */
export interface TcpProxy {
  port: number;
  /** Connections that clients hold open through it. */
  openConnections(): number;
  /** Resets every connection; the next ones are let through. */
  cut(): void;
  /** Nothing passes in either direction, and nobody is told: a half-open connection, until `resume`. */
  pause(): void;
  resume(): void;
  /** Resets every connection, and new ones at once, until `allow`. */
  forbid(): void;
  allow(): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and passes bytes on to `host:port`. */
export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let isPaused = false;
  let isForbidden = false;

  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (isForbidden) return void client.resetAndDestroy();
    const upstream = connect({ host, port, noDelay: true });
    client.setNoDelay(true);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    join(client, upstream, () => pairs.delete(pair));
    join(upstream, client, () => pairs.delete(pair));
    if (isPaused) for (const socket of pair) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function cut(): void {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
    pairs.clear();
  }
  function setPaused(paused: boolean): void {
    isPaused = paused;
    for (const socket of [...pairs].flat()) {
      if (paused) socket.pause();
      else socket.resume();
    }
  }

  return {
    port: (server.address() as AddressInfo).port,
    openConnections: () => pairs.size,
    cut,
    pause: () => setPaused(true),
    resume: () => setPaused(false),
    forbid() {
      isForbidden = true;
      cut();
    },
    allow: () => void (isForbidden = false),
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function join(from: Socket, to: Socket, onClose: () => void): void {
  from.on('data', (chunk) => to.write(chunk));
  from.on('error', () => undefined);
  from.on('end', () => to.end());
  from.on('close', () => {
    to.destroy();
    onClose();
  });
}
