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
  /** The connections there are stay half-open for good; new ones work. */
  strand(): void;
  /** Every byte takes this much longer, in each direction. */
  delay(ms: number): void;
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
  let delayMs = 0;

  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (isForbidden) return void client.resetAndDestroy();
    const upstream = connect({ host, port, noDelay: true });
    client.setNoDelay(true);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    join(
      client,
      upstream,
      () => delayMs,
      () => pairs.delete(pair),
    );
    join(
      upstream,
      client,
      () => delayMs,
      () => pairs.delete(pair),
    );
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
    strand() {
      for (const socket of [...pairs].flat()) socket.pause();
    },
    delay: (ms) => void (delayMs = ms),
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

function join(from: Socket, to: Socket, delayMs: () => number, onClose: () => void): void {
  /** What is on its way, in order: a shorter delay must not overtake a longer one. */
  const onTheWay: { atMs: number; pass: () => void }[] = [];
  const pass = (act: () => void): void => {
    const ms = delayMs();
    if (ms === 0 && onTheWay.length === 0) return act();
    onTheWay.push({ atMs: performance.now() + ms, pass: act });
    if (onTheWay.length === 1) setTimeout(arrive, ms);
  };
  const arrive = (): void => {
    onTheWay.shift()?.pass();
    const next = onTheWay[0];
    if (next) setTimeout(arrive, Math.max(0, next.atMs - performance.now()));
  };
  from.on('data', (chunk) => pass(() => to.write(chunk)));
  from.on('error', () => undefined);
  from.on('end', () => pass(() => to.end()));
  from.on('close', () => {
    to.destroy();
    onClose();
  });
}
