import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** As much of a Kafka broker as it takes to sign in to one, and to be told where the others are. It keeps nothing. */
export interface KafkaStandIn {
  port: number;
  /** What was sent to sign in with (SASL PLAIN). */
  signIns: string[];
  close(): Promise<void>;
}

export interface StandInOptions {
  /** The only password that is right. */
  password?: string;
  /** Where it says that the brokers of its cluster are. */
  advertised?: { host: string; port: number };
  /** What is sent in place of the first answer. */
  garbage?: Buffer;
}

const METADATA = 3;
const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;
/** Key, least and newest version. */
const APIS = [
  [METADATA, 1, 1],
  [SASL_HANDSHAKE, 1, 1],
  [API_VERSIONS, 0, 2],
  [SASL_AUTHENTICATE, 0, 0],
];
const SASL_AUTHENTICATION_FAILED = 58;

export async function startKafkaStandIn(options: StandInOptions = {}): Promise<KafkaStandIn> {
  const sockets = new Set<Socket>();
  const signIns: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    readFrames(socket, (request) => {
      if (options.garbage) return socket.write(options.garbage);
      // Header: api key, version, correlation id, client id.
      const [apiKey, version] = [request.readInt16BE(0), request.readInt16BE(2)];
      const body = request.subarray(10 + Math.max(0, request.readInt16BE(8)));
      if (apiKey === SASL_AUTHENTICATE) signIns.push(body.toString('utf8', 4));
      const answer = Buffer.concat([request.subarray(4, 8), answerTo(apiKey, version, body, options)]);
      return socket.write(Buffer.concat([int32(answer.length), answer]));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    signIns,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function readFrames(socket: Socket, onFrame: (frame: Buffer) => unknown): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE()) {
      const end = 4 + pending.readInt32BE();
      onFrame(pending.subarray(4, end));
      pending = pending.subarray(end);
    }
  });
}

/** By https://kafka.apache.org/protocol. */
function answerTo(apiKey: number, version: number, body: Buffer, options: StandInOptions): Buffer {
  switch (apiKey) {
    case API_VERSIONS: {
      const apis = APIS.map((numbers) => Buffer.concat(numbers.map(int16)));
      return Buffer.concat([int16(0), array(apis), version > 0 ? int32(0) : NOTHING]);
    }
    case SASL_HANDSHAKE:
      return Buffer.concat([int16(0), array([text('PLAIN')])]);
    case SASL_AUTHENTICATE: {
      // A careless broker says what it was given.
      const given = body.toString('utf8', 4);
      return given.endsWith(`\0${options.password ?? ''}`)
        ? Buffer.concat([int16(0), int16(-1), int32(0)])
        : Buffer.concat([int16(SASL_AUTHENTICATION_FAILED), text(`no user has ${given}`), int32(0)]);
    }
    default: {
      const { host = '127.0.0.1', port = 9 } = options.advertised ?? {};
      const broker = Buffer.concat([int32(1), text(host), int32(port), int16(-1)]);
      return Buffer.concat([array([broker]), int32(1), array([])]);
    }
  }
}

const NOTHING = Buffer.alloc(0);
function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
const array = (items: Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items]);
