import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; requestId?: string };
}

export interface GraphqlAnswer<Data> {
  data?: Data | null;
  errors?: GraphqlError[];
}

export interface GraphqlClient {
  /** The answer as it came. */
  send<Data = Fields>(query: string, variables?: object): Promise<GraphqlAnswer<Data>>;
  /** The data; fails on errors. */
  ask<Data = Fields>(query: string, variables?: object): Promise<Data>;
  /** The code of the first error; fails when there is none. */
  codeOf(query: string, variables?: object): Promise<string>;
}

/** What a root field gives, when a test names the fields it reads and nothing more. */
export type Fields = Record<string, never>;

/** A client as anybody would write one: fetch and JSON. */
export function makeGraphqlClient(
  url: string,
  key?: string,
  headers: Record<string, string> = {},
): GraphqlClient {
  async function send<Data>(query: string, variables?: object): Promise<GraphqlAnswer<Data>> {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphqlAnswer<Data>;
  }
  return {
    send,
    async ask<Data>(query: string, variables?: object) {
      const { data, errors } = await send<Data>(query, variables);
      if (errors || !data) throw new Error(`GraphQL: ${JSON.stringify(errors)}`);
      return data;
    },
    async codeOf(query, variables) {
      const { errors } = await send(query, variables);
      const code = errors?.[0]?.extensions?.code;
      if (!code) throw new Error('the answer has no error');
      return code;
    },
  };
}

/** A WebSocket client that reconnects as often as its tests want: never. */
export function makeSocketClient(url: string, connectionParams: Record<string, unknown>): Client {
  return createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    lazy: true,
  });
}
