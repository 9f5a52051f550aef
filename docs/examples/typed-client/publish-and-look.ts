// Publishes an event, and shows what became of it: every name and value is checked against the schema when this compiles.
//   npx tsc -p docs/examples/typed-client
//   node dist/typed-client/publish-and-look.js http://127.0.0.1:4000/graphql wrn_…
import type { VariablesOf } from 'gql.tada';
import { ask, graphql } from './warren.js';

const PUBLISH = graphql(`
  mutation Publish($input: EventPublishInput!) {
    eventPublish(input: $input) {
      eventId
      userErrors {
        field
        code
        message
      }
    }
  }
`);

const LOOK = graphql(`
  query Look($id: ID!) {
    event(id: $id) {
      type
      deliveries {
        nodes {
          status
          lastError
          endpoint {
            name
          }
        }
      }
    }
  }
`);

async function main(url: string, token: string): Promise<void> {
  const input: VariablesOf<typeof PUBLISH>['input'] = { type: 'order.placed', data: { orderId: 42 } };
  const { eventPublish } = await ask({ url, token }, PUBLISH, { input });
  const { eventId, userErrors } = eventPublish;
  if (eventId === null) throw new Error(userErrors.map(({ message }) => message).join());
  for (;;) {
    const { event } = await ask({ url, token }, LOOK, { id: eventId });
    // Not routed yet, or still on its way.
    if (event?.deliveries.nodes.every(({ status }) => status !== 'PENDING')) {
      for (const { status, endpoint } of event.deliveries.nodes)
        console.log(`${event.type} → ${endpoint.name}: ${status}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error('usage: publish-and-look GRAPHQL_URL API_KEY');
  process.exitCode = 2;
} else {
  main(url, token).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
