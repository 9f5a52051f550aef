import { exchange, type Address, type Exchange, type Step } from './socket-exchange';

/** The version text of MySQL's handshake, e.g. "8.4.3" or "5.5.5-10.11.6-MariaDB". */
export interface DatabaseGreeting {
  version: string;
}

const PROTOCOL_VERSION = 10;

/**
 * Waits for the first packet of a MySQL or MariaDB server (protocol::HandshakeV10 of the client/server protocol). An
 * error packet there, such as "too many connections", is no answer: nobody could log in.
 */
export function greetDatabase(address: Address, timeoutMs: number): Promise<Exchange<DatabaseGreeting>> {
  return exchange(address, {
    timeoutMs,
    next: (received): Step<DatabaseGreeting> => {
      if (received.length < 5) return { wait: true };
      if (received.readUInt8(4) !== PROTOCOL_VERSION) throw new Error('not a MySQL handshake');
      const end = received.indexOf(0, 5);
      return end < 0 ? { wait: true } : { done: { version: received.toString('latin1', 5, end) } };
    },
  });
}
