import { makeSocketClient } from './graphql-client';

export interface Gathered<Data> {
  seen: Data[];
  /** Why it ended: errors, a close event, or `complete`; undefined while it lasts. */
  ended(): unknown;
  close(): Promise<void>;
}

/** Any subscription, and all that it has told so far. */
export function gather<Data>(
  graphqlUrl: string,
  connectionParams: Record<string, unknown>,
  query: string,
  variables: Record<string, unknown> = {},
): Gathered<Data> {
  const client = makeSocketClient(graphqlUrl, connectionParams);
  const seen: Data[] = [];
  let ended: unknown;
  client.subscribe<Data>(
    { query, variables },
    {
      next({ data, errors }) {
        if (data) seen.push(data);
        if (errors) ended = errors;
      },
      error: (error) => void (ended = error),
      complete: () => void (ended ??= 'complete'),
    },
  );
  return { seen, ended: () => ended, close: async () => client.dispose() };
}
