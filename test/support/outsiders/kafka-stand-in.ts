import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { makeSaslServer, type ScramHash } from './sasl-server';
import { readRecordBatch, type KafkaRecord } from './kafka-records';

/**
 * As much of a Kafka broker as a producer needs (https://kafka.apache.org/protocol): versions, SASL, where the
 * brokers are, ids of producers, and messages, each sequence of a producer kept once. It has the topic `orders`, and `broken`,
 * which nobody leads; no broker is its controller just now.
 */
export interface KafkaStandIn {
  port: number;
  /** What was sent to sign in with. */
  signIns: string[];
  /** What it keeps, in the order in which it came. */
  kept: (KafkaRecord & { partition: number })[];
  openConnections(): number;
  close(): Promise<void>;
}

export interface StandInOptions {
  /** The only password that is right. */
  password?: string;
  /** Where it says that the brokers of its cluster are, in place of itself. */
  advertised?: { host: string; port: number };
  /** How often a password is to be hashed for SCRAM, as it says. */
  iterations?: number;
  /** How many versions of its requests it says that there are. */
  versions?: number;
  /** What is sent in place of the first answer. */
  garbage?: Buffer;
  /** Where it listens, and says that it is; 127.0.0.1 unless given. */
  host?: string;
  /** It speaks TLS. */
  tls?: { cert: string; key: string };
  /** How often it keeps what it is sent, and is gone before it says so. */
  lostAnswers?: number;
}

const API = {
  produce: 0,
  metadata: 3,
  saslHandshake: 17,
  versions: 18,
  initProducerId: 22,
  saslAuthenticate: 36,
};
/** Least and newest version. */
const VERSIONS: [number, number, number][] = [
  [API.produce, 3, 3],
  [API.metadata, 1, 1],
  [API.saslHandshake, 1, 1],
  [API.versions, 0, 2],
  [API.initProducerId, 0, 0],
  [API.saslAuthenticate, 0, 0],
];
const ERROR = { unknownTopic: 3, noLeader: 5, outOfOrderSequence: 45, saslAuthenticationFailed: 58 };
const PARTITIONS = 3;
const NO_CONTROLLER = -1;
const MECHANISMS: Record<string, ScramHash> = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-512': 'sha512' };

export async function startKafkaStandIn(options: StandInOptions = {}): Promise<KafkaStandIn> {
  const sockets = new Set<Socket>();
  const signIns: string[] = [];
  const kept: KafkaStandIn['kept'] = [];
  /** By producer and partition, the sequence that comes next. */
  const sequences = new Map<string, number>();
  let producers = 0n;
  let answersToLose = options.lostAnswers ?? 0;

  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    const signIn = makeSignIn();
    readFrames(socket, (request) => {
      if (options.garbage) return void socket.write(options.garbage);
      const body = makeReader(request);
      const [apiKey, version, correlationId] = [body.int16(), body.int16(), body.int32()];
      body.text(); // the client's name
      const answer = Buffer.concat([int32(correlationId), answerTo(apiKey, version, body, signIn)]);
      if (apiKey === API.produce && answersToLose-- > 0) return void socket.destroy();
      socket.write(Buffer.concat([int32(answer.length), answer]));
    });
  };
  const server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  const host = options.host ?? '127.0.0.1';
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  type SignIn = ReturnType<typeof makeSignIn>;
  function answerTo(apiKey: number, version: number, body: Reader, signIn: SignIn): Buffer {
    switch (apiKey) {
      case API.versions:
        if (options.versions !== undefined)
          return Buffer.concat([int16(0), int32(options.versions), int16(1)]);
        return Buffer.concat([int16(0), array(VERSIONS, concatInt16), version > 0 ? int32(0) : NOTHING]);
      case API.saslHandshake:
        signIn.choose(body.text() ?? '');
        return Buffer.concat([int16(0), array(['PLAIN', ...Object.keys(MECHANISMS)], text)]);
      case API.saslAuthenticate:
        return signIn.take(body.bytes().toString());
      case API.initProducerId:
        return Buffer.concat([int32(0), int16(0), int64(++producers), int16(0)]);
      case API.produce:
        return produce(body);
      default:
        return metadata(body.array(() => body.text() ?? ''));
    }
  }

  function makeSignIn() {
    let sasl = makeSaslServer(options.password ?? '');
    return {
      choose(mechanism: string) {
        sasl = makeSaslServer(options.password ?? '', MECHANISMS[mechanism], options.iterations);
      },
      take(given: string): Buffer {
        signIns.push(given);
        const answer = sasl(given);
        if (answer.ok) return Buffer.concat([int16(0), int16(-1), bytes(answer.text)]);
        // A careless broker says what it was given.
        return Buffer.concat([int16(ERROR.saslAuthenticationFailed), text(`no user has ${given}`), int32(0)]);
      },
    };
  }

  function metadata(topics: string[]): Buffer {
    const at = options.advertised ?? { host, port };
    const broker = Buffer.concat([int32(1), text(at.host), int32(at.port), int16(-1)]);
    const partition = (id: number): Buffer =>
      Buffer.concat([int16(0), int32(id), int32(1), array([1], int32), array([1], int32)]);
    const topic = (name: string): Buffer => {
      const isThere = name === 'orders';
      const partitions = isThere ? [...Array(PARTITIONS).keys()] : [];
      const error = int16(isThere ? 0 : name === 'broken' ? ERROR.noLeader : ERROR.unknownTopic);
      return Buffer.concat([error, text(name), Buffer.from([0]), array(partitions, partition)]);
    };
    const asked = topics.length > 0 ? topics : ['orders', 'broken'];
    return Buffer.concat([array([broker], same), int32(NO_CONTROLLER), array(asked, topic)]);
  }

  function produce(body: Reader): Buffer {
    body.text(); // the transaction
    const acks = body.int16();
    if (acks !== -1) throw new Error(`acks are ${acks}`);
    body.int32(); // how long replicas may take
    const topics = body.array(() => ({
      name: body.text() ?? '',
      partitions: body.array(() => keep(body.int32(), body.bytes())),
    }));
    const partition = ({ id, error }: { id: number; error: number }): Buffer =>
      Buffer.concat([int32(id), int16(error), int64(0n), int64(-1n)]);
    const topic = ({ name, partitions }: (typeof topics)[number]): Buffer =>
      Buffer.concat([text(name), array(partitions, partition)]);
    return Buffer.concat([array(topics, topic), int32(0)]);
  }

  function keep(id: number, bytes: Buffer): { id: number; error: number } {
    const { producerId, baseSequence, records } = readRecordBatch(bytes);
    const isIdempotent = producerId >= 0n;
    const key = `${producerId} ${id}`;
    const next = sequences.get(key) ?? 0;
    // What is there already is confirmed again.
    if (isIdempotent && baseSequence < next) return { id, error: 0 };
    if (isIdempotent && baseSequence > next) return { id, error: ERROR.outOfOrderSequence };
    sequences.set(key, next + records.length);
    kept.push(...records.map((record) => ({ ...record, partition: id })));
    return { id, error: 0 };
  }

  return {
    port,
    signIns,
    kept,
    openConnections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function readFrames(socket: Socket, onFrame: (frame: Buffer) => void): void {
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

type Reader = ReturnType<typeof makeReader>;

function makeReader(frame: Buffer) {
  let at = 0;
  const take = (length: number): Buffer => frame.subarray(at, (at += Math.max(0, length)));
  const reader = {
    int16: () => take(2).readInt16BE(),
    int32: () => take(4).readInt32BE(),
    bytes: () => take(reader.int32()),
    text(): string | null {
      const length = reader.int16();
      return length < 0 ? null : take(length).toString();
    },
    array: <T>(item: () => T): T[] => Array.from({ length: Math.max(0, reader.int32()) }, item),
  };
  return reader;
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
function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
const same = (bytes: Buffer): Buffer => bytes;
const concatInt16 = (numbers: number[]): Buffer => Buffer.concat(numbers.map(int16));
const bytes = (value: string): Buffer => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]);
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
const array = <T>(items: readonly T[], write: (item: T) => Buffer): Buffer =>
  Buffer.concat([int32(items.length), ...items.map((item) => write(item))]);
