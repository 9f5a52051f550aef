import { makeSocketClient } from './graphql-client';

export interface SeenUpdate {
  cursor: string;
  status: string;
  delivery: { id: string; event: { type: string } };
  attempt: { number: number; ok: boolean; responseStatus: number | null } | null;
}

export interface DeliveryStream {
  updates: SeenUpdate[];
  /** When each of them came, by Date.now(). */
  cameAtMs: number[];
  /** Of one event type. */
  ofType(type: string): SeenUpdate[];
  /** Why it ended; undefined while it lasts. */
  ended(): unknown;
  close(): Promise<void>;
}

const WATCH = `subscription ($filter: DeliveryFilter, $after: Cursor) {
  deliveryUpdated(filter: $filter, after: $after) {
    cursor status delivery { id event { type } } attempt { number ok responseStatus }
  }
}`;

/** Watches deliveryUpdated as a partner's portal would: graphql-ws and a key. */
export function watchDeliveries(
  graphqlUrl: string,
  key: string,
  variables: { filter?: object; after?: string } = {},
): DeliveryStream {
  const client = makeSocketClient(graphqlUrl, { authorization: `Bearer ${key}` });
  const updates: SeenUpdate[] = [];
  const cameAtMs: number[] = [];
  let ended: unknown;
  client.subscribe<{ deliveryUpdated: SeenUpdate }>(
    { query: WATCH, variables },
    {
      next({ data, errors }) {
        if (data) {
          updates.push(data.deliveryUpdated);
          cameAtMs.push(Date.now());
        }
        if (errors) ended = errors;
      },
      error: (error) => void (ended = error),
      complete: () => void (ended ??= 'complete'),
    },
  );
  return {
    updates,
    cameAtMs,
    ofType: (type) => updates.filter(({ delivery }) => delivery.event.type === type),
    ended: () => ended,
    close: async () => client.dispose(),
  };
}
