import { followStream, type FollowedStream, type StreamEnd } from './follow-stream';

/** What a partner's own client would do to watch its deliveries: a stream, and the last cursor it saw. */
export interface DeliveryUpdate {
  /** RFC 3339, as every time here. */
  at: string;
  cursor: string;
  status: string;
  delivery: {
    id: string;
    attemptCount: number;
    heldBecause: string | null;
    lastError: string | null;
    nextAttemptAt: string | null;
    updatedAt: string;
    endpoint: { id: string; name: string };
    event: { id: string; type: string; idempotencyKey: string | null };
  };
  attempt: {
    number: number;
    at: string;
    durationMs: number;
    ok: boolean;
    responseStatus: number | null;
    error: string | null;
  } | null;
}

export interface Follow extends Pick<
  FollowedStream<never>,
  'graphqlUrl' | 'apiKey' | 'tenant' | 'signal' | 'onLost'
> {
  /** Which deliveries, as the API has it; all unless given. */
  filter?: { types?: readonly string[]; status?: readonly string[]; endpointId?: string };
  /** The cursor of the last change seen; from now on unless given. */
  after?: string | undefined;
  onUpdate: (update: DeliveryUpdate) => void;
}

export const DELIVERY_UPDATED = `
  subscription ($after: Cursor, $filter: DeliveryFilter) {
    deliveryUpdated(after: $after, filter: $filter) {
      at
      cursor
      status
      delivery {
        id attemptCount heldBecause lastError nextAttemptAt updatedAt
        endpoint { id name }
        event { id type idempotencyKey }
      }
      attempt { number at durationMs ok responseStatus error }
    }
  }`;

const NEWEST_CURSOR = '{ deliveryUpdatedCursor }';

/**
 * Follows deliveries until `signal` aborts, or until the server refuses for good and why. A stream that is lost goes on
 * from the last cursor, and from where the log was at first when nothing has come yet. Never rejects.
 */
export function followDeliveries(follow: Follow): Promise<StreamEnd | undefined> {
  const { filter = null, onUpdate, ...connection } = follow;
  let after = follow.after ?? null;
  return followStream<{ deliveryUpdated: DeliveryUpdate }>({
    ...connection,
    query: DELIVERY_UPDATED,
    askFirst: () =>
      after === null
        ? {
            query: NEWEST_CURSOR,
            onAnswer: (answer) => (after = answer.deliveryUpdatedCursor as typeof after),
          }
        : undefined,
    variables: () => ({ after, filter }),
    onData({ deliveryUpdated }) {
      after = deliveryUpdated.cursor;
      onUpdate(deliveryUpdated);
    },
  });
}
