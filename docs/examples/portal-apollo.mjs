// A partner's portal with Apollo Client: a list of deliveries that stays current. Queries go over HTTP, subscriptions over
// a WebSocket. In a browser leave out ws; in React give `client` to ApolloProvider.
//   node docs/examples/portal-apollo.mjs http://127.0.0.1:4000/graphql TOKEN
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error('usage: node docs/examples/portal-apollo.mjs GRAPHQL_URL TOKEN');
  process.exit(2);
}

// Browsers have it. So has Node from 22 on; graphql-ws and Apollo both look for it here.
globalThis.WebSocket ??= WebSocket;

const http = new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` } });
const socket = new GraphQLWsLink(
  createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: { authorization: `Bearer ${token}` },
    // Opening again is done below, because only there is the cursor known.
    retryAttempts: 0,
  }),
);
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    socket,
    http,
  ),
});

const ROW = gql`
  fragment Row on Delivery {
    id
    status
    endpoint {
      id
      name
    }
    event {
      id
      type
    }
  }
`;
const DELIVERIES = gql`
  query Deliveries {
    deliveries(first: 20) {
      nodes {
        ...Row
      }
    }
  }
  ${ROW}
`;
const UPDATES = gql`
  subscription Updates($after: Cursor) {
    deliveryUpdated(after: $after) {
      cursor
      delivery {
        ...Row
      }
    }
  }
  ${ROW}
`;

/** What a page would show. The cache knows each delivery by its id, so an update changes the row wherever it is. */
client.watchQuery({ query: DELIVERIES }).subscribe(({ data, dataState }) => {
  if (dataState !== 'complete') return;
  const rows = data.deliveries.nodes.map(({ status, event }) => `${event.type} ${status}`);
  console.log(`list: ${rows.join(', ')}`);
});

let after = null;

/** From the last cursor on, so that nothing is missed while the connection was lost. */
function watch() {
  let reason = 'the server ended it';
  client.subscribe({ query: UPDATES, variables: { after } }).subscribe({
    next({ data, error }) {
      // Apollo tells of an error as of a value, and completes after it.
      if (error) {
        reason = error.message;
        // The place is past retention: read the list anew, and go on from now.
        if (error.errors?.some(({ extensions }) => extensions?.code === 'BAD_USER_INPUT')) {
          after = null;
          void client.refetchQueries({ include: [DELIVERIES] });
        }
        return;
      }
      after = data.deliveryUpdated.cursor;
      const { event, status } = data.deliveryUpdated.delivery;
      console.log(`live: ${event.type} ${status}`);
      // A delivery that the list does not have yet.
      client.cache.updateQuery({ query: DELIVERIES }, (list) =>
        !list || list.deliveries.nodes.some(({ id }) => id === data.deliveryUpdated.delivery.id)
          ? undefined
          : {
              deliveries: {
                ...list.deliveries,
                nodes: [data.deliveryUpdated.delivery, ...list.deliveries.nodes],
              },
            },
      );
    },
    complete() {
      console.error(`lost: ${reason}`);
      setTimeout(watch, 1000);
    },
  });
}
watch();
