import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/** Below the ranges that Linux and macOS hand out to outgoing connections, so that a port kept for the next
 * start is rarely somebody's client socket by then. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** True when a server can listen on the loopback port now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** `count` different loopback ports that are free now; each of `preferred` is kept when it still is. */
export async function freePorts(count: number, preferred: readonly number[] = []): Promise<number[]> {
  const chosen: number[] = [];
  for (let index = 0; index < count; index++) {
    chosen.push(await freePort(preferred[index], chosen));
  }
  return chosen;
}

async function freePort(preferred: number | undefined, taken: readonly number[]): Promise<number> {
  const usable = async (port: number) => !taken.includes(port) && (await isFree(port));
  if (preferred !== undefined && (await usable(preferred))) return preferred;
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await usable(port)) return port;
  }
  throw new Error(`no free port found on 127.0.0.1 between ${FIRST_PORT} and ${LAST_PORT}`);
}
