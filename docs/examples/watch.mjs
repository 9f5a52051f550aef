// Every change of your deliveries, live. After a lost connection it goes on from the last cursor: nothing is missed.
//   node docs/examples/watch.mjs http://127.0.0.1:4000/graphql wrn_…
// (or WARREN_GRAPHQL_URL and WARREN_API_KEY in the environment)
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url = process.env.WARREN_GRAPHQL_URL, key = process.env.WARREN_API_KEY] = process.argv.slice(2);
if (!url || !key) {
  console.error('usage: node docs/examples/watch.mjs GRAPHQL_URL API_KEY');
  process.exit(2);
}

const query = `subscription ($after: Cursor) {
  deliveryUpdated(after: $after) {
    cursor status
    delivery { id endpoint { name } event { type } }
    attempt { number responseStatus error durationMs }
  }
}`;

const client = createClient({
  url: url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${key}` },
  retryAttempts: 0,
  on: { connected: () => console.error('watching…') },
});

for (let after = null; ; await new Promise((resolve) => setTimeout(resolve, 1000))) {
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      if (errors) throw errors;
      const { cursor, status, delivery, attempt } = data.deliveryUpdated;
      after = cursor;
      const answer = attempt ? `${attempt.responseStatus ?? attempt.error} in ${attempt.durationMs} ms` : '';
      console.log(`${status.padEnd(13)} ${delivery.event.type} → ${delivery.endpoint.name}  ${answer}`);
    }
  } catch (error) {
    const errors = Array.isArray(error) ? error : [error];
    console.error(`lost: ${errors.map(({ message, reason, code }) => message || reason || code).join('; ')}`);
    // The place is past retention: what is lost is in the list `deliveries`; go on from now.
    if (errors.some(({ extensions }) => extensions?.code === 'BAD_USER_INPUT')) after = null;
  }
}
