import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';

/** A request as it arrived, byte for byte. */
export interface ReceivedRequest {
  method: string;
  path: string;
  /** Name, value, name, value: in order, as written. */
  rawHeaders: string[];
  body: Buffer;
  /** Which connection it came on, from 1. */
  connection: number;
}

/** Plays an answer on the bare socket; the request has been read whole. */
export type Behaviour = (socket: Socket, request: ReceivedRequest) => void;

export interface HostileReceiver {
  port: number;
  /** `http(s)://127.0.0.1:<port>` */
  origin: string;
  requests: ReceivedRequest[];
  connections(): number;
  openConnections(): number;
  close(): Promise<void>;
}

/** A receiver that answers every request with the given behaviour, over TLS when there are options for it. */
export async function startHostileReceiver(
  behave: Behaviour,
  options: { tls?: TlsOptions; host?: string } = {},
): Promise<HostileReceiver> {
  const requests: ReceivedRequest[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const onConnection = (socket: Socket): void => {
    const connection = ++connections;
    socket.on('error', () => undefined);
    readRequests(socket, (request) => {
      const received = { ...request, connection };
      requests.push(received);
      behave(socket, received);
    });
  };
  const server = options.tls ? createTlsServer(options.tls, onConnection) : createServer(onConnection);
  // With TLS, `connection` is the TCP connection: a refused handshake counts as one, too.
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  server.listen(0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    openConnections: () => open.size,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port on which nothing listens. */
export async function findClosedPort(): Promise<number> {
  const receiver = await startHostileReceiver(() => undefined);
  await receiver.close();
  return receiver.port;
}

/** How receivers of the fault matrix answer. */
export const behaviours = {
  answer:
    (status: number, headers: Record<string, string> = {}, body = ''): Behaviour =>
    (socket) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const length = status === 204 || status === 304 ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
      socket.write(`HTTP/1.1 ${status} Status\r\n${lines.join('')}${length}\r\n${body}`);
    },
  hangBeforeHeaders: (): Behaviour => () => undefined,
  hangMidBody:
    (status = 200): Behaviour =>
    (socket) => {
      socket.write(`HTTP/1.1 ${status} Status\r\ncontent-length: 100\r\n\r\nhalf`);
    },
  /** A byte of header or body every `everyMs`, for ever. */
  slowloris:
    (part: 'headers' | 'body', everyMs: number): Behaviour =>
    (socket) => {
      socket.write(
        part === 'headers'
          ? 'HTTP/1.1 200 OK\r\nx-slow: '
          : 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n',
      );
      const timer = setInterval(() => socket.write('a'), everyMs);
      socket.on('close', () => clearInterval(timer));
    },
  /** Chunks without an end, as fast as they are read. */
  endlessChunks:
    (status = 200): Behaviour =>
    (socket) => {
      const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
      socket.write(`HTTP/1.1 ${status} Status\r\ntransfer-encoding: chunked\r\n\r\n`);
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    },
  hugeBody:
    (bytes: number): Behaviour =>
    (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n`);
      socket.write(Buffer.alloc(bytes, 'x'));
    },
  hugeHeaders:
    (bytes: number): Behaviour =>
    (socket) => {
      const line = `x-large: ${'a'.repeat(1000)}\r\n`;
      socket.write(`HTTP/1.1 200 OK\r\n${line.repeat(Math.ceil(bytes / 1000))}content-length: 0\r\n\r\n`);
    },
  reset: (): Behaviour => (socket) => {
    socket.resetAndDestroy();
  },
  resetMidBody: (): Behaviour => (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () => socket.resetAndDestroy());
  },
  emptyReply: (): Behaviour => (socket) => {
    socket.end();
  },
  raw:
    (text: string): Behaviour =>
    (socket) => {
      socket.write(text, 'latin1');
    },
  interimThenAnswer:
    (status: number, count: number): Behaviour =>
    (socket) => {
      const interim = `HTTP/1.1 ${status} Interim\r\nlink: </a>\r\n\r\n`;
      socket.write(`${interim.repeat(count)}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`);
    },
};

type ParsedRequest = Omit<ReceivedRequest, 'connection'>;

/** Reads requests with a content-length, one after another. */
function readRequests(socket: Socket, onRequest: (request: ParsedRequest) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const [first = '', ...lines] = pending.toString('latin1', 0, headEnd).split('\r\n');
      const rawHeaders = lines.flatMap((line) => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 2),
      ]);
      const at = rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === 'content-length');
      const bodyEnd = headEnd + 4 + (at < 0 ? 0 : Number(rawHeaders[at + 1]));
      if (pending.length < bodyEnd) return;
      const body = pending.subarray(headEnd + 4, bodyEnd);
      pending = pending.subarray(bodyEnd);
      const [method = '', path = ''] = first.split(' ');
      onRequest({ method, path, rawHeaders, body });
    }
  });
}
