/** What the inspector remembers: the newest requests of each receiver, and how each receiver answers. */
export type SignatureVerdict =
  'ok' | 'missing' | 'not checked' | 'BAD_SECRET' | 'BAD_TIMESTAMP' | 'TOO_OLD' | 'TOO_NEW' | 'NO_MATCH';

export interface Arrival {
  /** Counts from 1 over all receivers. */
  number: number;
  receiver: string;
  /** RFC 3339 */
  at: string;
  webhookId: string | undefined;
  eventType: string | undefined;
  attempt: number | undefined;
  signature: SignatureVerdict;
  answeredStatus: number;
  headers: Record<string, string>;
  bodyBytes: number;
  /** The first part of it, as UTF-8. */
  body: string;
}

/** How a receiver fails; `timesLeft` may be Infinity. */
export interface Failing {
  timesLeft: number;
  status: number;
}

export interface Receiver {
  name: string;
  failing: Failing | undefined;
  receivedCount: number;
  /** Newest first. */
  arrivals: readonly Arrival[];
}

export interface Arrivals {
  /** Undefined when there are too many receivers already. */
  receiver(name: string): Receiver | undefined;
  /** In the order of their first mention. */
  receivers(): readonly Receiver[];
  /** The status that the next request to this receiver gets; uses up one failure. */
  takeStatus(name: string): number;
  fail(name: string, failing: Failing): void;
  add(arrival: Omit<Arrival, 'number'>): void;
  /** What became of the signature of one attempt of one delivery. */
  find(webhookId: string, attempt: number): Arrival | undefined;
}

const KEPT_PER_RECEIVER = 200;
const MAX_RECEIVERS = 20;
export const KEPT_BODY_CHARACTERS = 64 * 1024;

interface Book extends Receiver {
  arrivals: Arrival[];
}

export function makeArrivals(): Arrivals {
  const books = new Map<string, Book>();
  let count = 0;

  function receiver(name: string): Book | undefined {
    const known = books.get(name);
    if (known || books.size >= MAX_RECEIVERS) return known;
    const made: Book = { name, failing: undefined, receivedCount: 0, arrivals: [] };
    books.set(name, made);
    return made;
  }

  return {
    receiver,
    receivers: () => [...books.values()],
    takeStatus(name) {
      const book = receiver(name);
      if (!book?.failing) return 200;
      const { status, timesLeft } = book.failing;
      book.failing = timesLeft > 1 ? { status, timesLeft: timesLeft - 1 } : undefined;
      return status;
    },
    fail(name, failing) {
      const book = receiver(name);
      if (book) book.failing = failing.timesLeft > 0 ? failing : undefined;
    },
    add(arrival) {
      const book = receiver(arrival.receiver);
      if (!book) return;
      book.receivedCount++;
      book.arrivals.unshift({
        ...arrival,
        number: ++count,
        body: arrival.body.slice(0, KEPT_BODY_CHARACTERS),
      });
      book.arrivals.length = Math.min(book.arrivals.length, KEPT_PER_RECEIVER);
    },
    find(webhookId, attempt) {
      for (const { arrivals } of books.values()) {
        const found = arrivals.find(
          (arrival) => arrival.webhookId === webhookId && arrival.attempt === attempt,
        );
        if (found) return found;
      }
      return undefined;
    },
  };
}
