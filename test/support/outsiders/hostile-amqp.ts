import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A broker of AMQP 0-9-1 that takes whoever signs in, and says of messages what a test lets it say. */
export interface HostileAmqp {
  url: string;
  /** Of all connections. */
  published: number;
  /** Since it began. */
  connections: number;
  openConnections(): number;
  close(): Promise<void>;
}

interface Options {
  /** What it does when a message has come whole. `ack` confirms by a number of the broker's choice. */
  onMessage?: (number: number, ack: (tag: bigint, multiple?: boolean) => void) => void;
  /** In place of the handshake. */
  greet?: (socket: Socket) => void;
}

const METHOD = 1;
const HEADER = 2;
const short = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const longText = (text: string): Buffer => Buffer.concat([long(text.length), Buffer.from(text)]);

function frame(channel: number, kind: number, name: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat([short(kind), short(name), ...parts]);
  return Buffer.concat([
    Buffer.from([METHOD]),
    short(channel),
    long(payload.length),
    payload,
    Buffer.from([0xce]),
  ]);
}

/** What follows each method of a client's. */
const ANSWERS: Record<string, Buffer> = {
  '10.11': frame(0, 10, 30, short(0), long(131_072), short(0)),
  '10.40': frame(0, 10, 41, Buffer.from([0])),
  '10.50': frame(0, 10, 51),
  '20.10': frame(1, 20, 11, long(0)),
  '20.40': frame(1, 20, 41),
  '85.10': frame(1, 85, 11),
};
const START = frame(0, 10, 10, Buffer.from([0, 9]), long(0), longText('PLAIN'), longText('en_US'));

export async function startHostileAmqp({ onMessage, greet }: Options): Promise<HostileAmqp> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    broker.connections++;
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (greet) greet(socket);
    else converse(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const broker: HostileAmqp = {
    url: `amqp://127.0.0.1:${(server.address() as AddressInfo).port}/%2F/orders`,
    published: 0,
    connections: 0,
    openConnections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function converse(socket: Socket): void {
    let kept = Buffer.alloc(0);
    let missing = -1;
    let messages = 0;
    let hasProtocol = false;
    const ack = (tag: bigint, multiple = false): void => {
      const number = Buffer.alloc(8);
      number.writeBigUInt64BE(tag);
      socket.write(frame(1, 60, 80, number, Buffer.from([multiple ? 1 : 0])));
    };
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]);
      if (!hasProtocol && kept.length >= 8) {
        hasProtocol = true;
        kept = kept.subarray(8);
        socket.write(START);
      }
      while (kept.length >= 7 && kept.length >= 8 + kept.readUInt32BE(3)) {
        const type = kept[0];
        const payload = kept.subarray(7, 7 + kept.readUInt32BE(3));
        kept = kept.subarray(8 + payload.length);
        if (type === METHOD) {
          const answer = ANSWERS[`${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`];
          if (answer) socket.write(answer);
        } else if (type === HEADER) missing = Number(payload.readBigUInt64BE(4));
        else missing -= payload.length;
        if (missing !== 0 || type === METHOD) continue;
        missing = -1;
        broker.published++;
        onMessage?.(++messages, ack);
      }
    });
  }
  return broker;
}
