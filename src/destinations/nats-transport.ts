import { createConnection, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { NatsConnection } from '@nats-io/transport-node';
import type { NodeTransport } from '@nats-io/transport-node/lib/node_transport';
import { withDeadline } from '../runtime/with-deadline';

/** Until it is signed in to, a server says what it is, in one line; the library goes through all of it with each byte. */
const GREETING_BYTES = 32 * 1024;
/** And on its own account: what it knows of its cluster, pings, reasons. */
const ALLOWANCE_BYTES = 1024 * 1024;
/** What is said of a message besides what was in it: who has it, under which number. */
const ANSWER_BYTES = 1024;
const CLOSE_MS = 2000;

export interface GuardedTransport extends NodeTransport {
  /** To be told of each message that is published. */
  expectAnswer(messageBytes: number): void;
}

/**
 * The library's transport, that cuts off a server which says more than it was asked. It is counted here by what was
 * published: each ping is answered in as many bytes as it has, so a flood of them would pass for a conversation. And it
 * closes what it has opened, which the library does not before a server has greeted it.
 */
export const guardTransport = (Library: typeof NodeTransport): new () => GuardedTransport =>
  class extends Library implements GuardedTransport {
    private raw: Socket | undefined;
    private mayComeBytes = ALLOWANCE_BYTES;

    override dial({ port, hostname: host }: { port: number; hostname: string }): Promise<Socket> {
      const socket = createConnection({ port, host, noDelay: true });
      this.raw = socket;
      this.guard(socket);
      return new Promise((resolve, reject) => {
        let fault: Error | undefined;
        socket.on('error', (error) => (fault = error));
        socket.on('close', () => reject(fault ?? Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
        socket.on('connect', () => {
          socket.removeAllListeners();
          resolve(socket);
        });
      });
    }

    override async startTLS(): Promise<TLSSocket> {
      const socket = await super.startTLS();
      this.guard(socket);
      return socket;
    }

    expectAnswer(messageBytes: number): void {
      this.mayComeBytes += messageBytes + ANSWER_BYTES;
    }

    override async close(error?: Error): Promise<void> {
      // It flushes first, which a server that reads nothing never lets end.
      await withDeadline(super.close(error), CLOSE_MS).catch(() => undefined);
      this.raw?.destroy();
    }

    /** In place of a listener, since the library takes all of those away. */
    private guard(socket: Socket): void {
      const emit = socket.emit.bind(socket) as (event: string | symbol, ...parts: unknown[]) => boolean;
      socket.emit = (event: string | symbol, ...parts: unknown[]) => {
        const mayCome = this.connected ? this.mayComeBytes : GREETING_BYTES;
        if (event !== 'data' || socket.bytesRead <= mayCome) return emit(event, ...parts);
        socket.destroy(Object.assign(new Error('the server says too much'), { code: 'ECONNRESET' }));
        return true;
      };
    }
  };

/** The library has it here, though its types do not say so. */
export const transportOf = (connection: NatsConnection): GuardedTransport =>
  (connection as unknown as { protocol: { transport: GuardedTransport } }).protocol.transport;
