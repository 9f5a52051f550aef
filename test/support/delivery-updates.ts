import { makeSocketClient } from './graphql-client';

const UPDATES =
  'subscription ($after: Cursor, $filter: DeliveryFilter) { deliveryUpdated(after: $after, filter: $filter) { cursor status delivery { id status attemptCount } attempt { number responseStatus } } }';

export interface Update {
  deliveryUpdated: {
    cursor: string;
    status: string;
    delivery: { attemptCount: number };
    attempt: { number: number };
  };
}

/** Subscribes and gathers; `end` stops it. */
export function gatherUpdates(
  url: string,
  connectionParams: Record<string, unknown>,
  variables: object = {},
  query = UPDATES,
) {
  const client = makeSocketClient(url, connectionParams);
  const seen: Update[] = [];
  const errors: unknown[] = [];
  let isClosed: number | undefined;
  client.on('closed', (event) => (isClosed = (event as { code: number }).code));
  const stop = client.subscribe<Update>(
    { query, variables: variables as Record<string, unknown> },
    {
      next: ({ data, errors: faults }) => (faults ? errors.push(...faults) : data && seen.push(data)),
      error: (error) => errors.push(...(Array.isArray(error) ? (error as unknown[]) : [error])),
      complete: () => undefined,
    },
  );
  return { seen, errors, stop, client, closeCode: () => isClosed };
}
/** The payload of connection_init. */
export const byKey = (key: string) => ({ authorization: `Bearer ${key}` });
