import { exchange, type Address, type Exchange, type Step } from './socket-exchange';

/** Who answers on an AMQP port. */
export interface BrokerGreeting {
  /** From connection.start's server-properties; null when the broker does not say. */
  clusterName: string | null;
}

const PROTOCOL_HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
const METHOD_FRAME = 1;
const FRAME_END = 0xce;
const CONNECTION_CLASS = 10;
const START = 10;
const START_OK = 11;
const TUNE = 30;
const TUNE_OK = 31;
const OPEN = 40;
const OPEN_OK = 41;
const CLOSE = 50;

/** Asks for connection.start only: something that speaks AMQP 0-9-1 (specification 1.4.2.1) is there. */
export function greetBroker(address: Address, timeoutMs: number): Promise<Exchange<BrokerGreeting>> {
  return exchange(address, {
    hello: PROTOCOL_HEADER,
    timeoutMs,
    next: (received): Step<BrokerGreeting> => {
      const frame = readMethodFrame(received);
      if (!frame) return { wait: true };
      expectMethod(frame, START);
      return { done: { clusterName: clusterNameOf(frame.body) } };
    },
  });
}

/**
 * Logs in as guest, opens the virtual host `/` and closes again: the broker has finished starting. Only for brokers
 * that we started; the whole conversation is RabbitMQ's standard one of start, tune and open.
 */
export function logInAsGuest(address: Address, timeoutMs: number): Promise<Exchange<BrokerGreeting>> {
  let greeting: BrokerGreeting = { clusterName: null };
  return exchange(address, {
    hello: PROTOCOL_HEADER,
    timeoutMs,
    next: (received): Step<BrokerGreeting> => {
      const frame = readMethodFrame(received);
      if (!frame) return { wait: true };
      const reply = (send: Buffer) => ({ send, consumed: frame.length });
      switch (frame.method) {
        case START:
          greeting = { clusterName: clusterNameOf(frame.body) };
          return reply(
            method(START_OK, Buffer.alloc(4), short('PLAIN'), long('\0guest\0guest'), short('en_US')),
          );
        case TUNE:
          // The broker's own limits suit us; tune-ok repeats them, and open may follow at once.
          return reply(
            Buffer.concat([
              method(TUNE_OK, frame.body.subarray(0, 8)),
              method(OPEN, short('/'), short(''), Buffer.alloc(1)),
            ]),
          );
        default:
          expectMethod(frame, OPEN_OK);
          return {
            done: greeting,
            send: method(CLOSE, Buffer.from([0, 200]), short('bye'), Buffer.alloc(4)),
          };
      }
    },
  });
}

interface MethodFrame {
  method: number;
  body: Buffer;
  /** Of the whole frame, in bytes. */
  length: number;
}

function readMethodFrame(received: Buffer): MethodFrame | null {
  if (received.length > 0 && received[0] !== METHOD_FRAME) throw new Error('not an AMQP method frame');
  if (received.length < 7) return null;
  const end = 7 + received.readUInt32BE(3);
  if (received.length < end + 1) return null;
  if (received[end] !== FRAME_END || received.readUInt16BE(7) !== CONNECTION_CLASS) {
    throw new Error('not a frame of the AMQP connection class');
  }
  return { method: received.readUInt16BE(9), body: received.subarray(11, end), length: end + 1 };
}

function expectMethod(frame: MethodFrame, expected: number): void {
  if (frame.method !== expected) throw new Error(`AMQP method ${frame.method} instead of ${expected}`);
}

function method(id: number, ...fields: Buffer[]): Buffer {
  const payload = Buffer.concat([Buffer.from([0, CONNECTION_CLASS, 0, id]), ...fields]);
  const head = Buffer.from([METHOD_FRAME, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([FRAME_END])]);
}

function short(text: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
}

function long(text: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([size, Buffer.from(text)]);
}

/** connection.start's body is version-major, version-minor, then the table of server-properties. */
function clusterNameOf(body: Buffer): string | null {
  const end = 6 + body.readUInt32BE(2);
  let at = 6;
  while (at < end) {
    const nameEnd = at + 1 + body.readUInt8(at);
    const name = body.toString('utf8', at + 1, nameEnd);
    const kind = String.fromCharCode(body.readUInt8(nameEnd));
    const valueAt = nameEnd + 1;
    if (kind === 'S' && name === 'cluster_name') {
      return body.toString('utf8', valueAt + 4, valueAt + 4 + body.readUInt32BE(valueAt));
    }
    at = valueAt + sizeOfValue(kind, body, valueAt);
  }
  return null;
}

/** RabbitMQ's field types: https://www.rabbitmq.com/amqp-0-9-1-errata#section_3 */
const FIXED_SIZES: Record<string, number> = {
  V: 0,
  t: 1,
  b: 1,
  B: 1,
  s: 2,
  u: 2,
  I: 4,
  i: 4,
  f: 4,
  l: 8,
  d: 8,
  T: 8,
  D: 5,
};

function sizeOfValue(kind: string, body: Buffer, at: number): number {
  const fixed = FIXED_SIZES[kind];
  if (fixed !== undefined) return fixed;
  if ('SAFx'.includes(kind)) return 4 + body.readUInt32BE(at);
  throw new Error(`unknown AMQP field type ${kind}`);
}
