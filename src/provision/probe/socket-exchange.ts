import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A port, or a Unix socket. */
export type Address = { host: string; port: number; tls?: boolean } | { path: string };

export type Exchange<T> = { answered: true; value: T } | { answered: false; why: string };

/** What to do with all bytes received so far: wait for more, write something, or finish. */
export type Step<T> = { wait: true } | { send: Buffer; consumed: number } | { done: T; send?: Buffer };

/**
 * One short conversation with a server: connects, writes `hello`, then feeds what arrives to `next` until it is done.
 * Never throws; no answer, a closed connection and the deadline come back as `why`.
 */
export function exchange<T>(
  address: Address,
  { hello, next, timeoutMs }: { hello?: Buffer; next: (received: Buffer) => Step<T>; timeoutMs: number },
): Promise<Exchange<T>> {
  return new Promise((resolve) => {
    const socket = open(address);
    const finish = (result: Exchange<T>) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const fail = (why: string) => finish({ answered: false, why });
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    let received: Buffer = Buffer.alloc(0);

    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    socket.once('close', () => fail('it closed the connection'));
    // On a TLS socket the write waits for the handshake.
    if (hello) socket.write(hello);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      try {
        for (;;) {
          const step = next(received);
          if ('wait' in step) return;
          if ('done' in step) {
            if (step.send) socket.write(step.send);
            finish({ answered: true, value: step.done });
            return;
          }
          socket.write(step.send);
          received = received.subarray(step.consumed);
        }
      } catch {
        fail('it speaks another protocol');
      }
    });
  });
}

function open(address: Address): Socket {
  if ('path' in address || !address.tls) return connect(address);
  // Any certificate will do: these exchanges only ask who answers, and hand over no secret of the user.
  return connectTls({
    host: address.host,
    port: address.port,
    // A name only: RFC 6066 forbids an address here.
    ...(isIP(address.host) === 0 && { servername: address.host }),
    rejectUnauthorized: false,
  });
}
