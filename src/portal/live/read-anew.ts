import type { ResultOf } from 'gql.tada';
import type { Client } from 'urql';
import { graphql } from '../graphql/graphql';
import { LIVE_DELIVERY, type StreamFilter, type Update } from './live-stream';

const AS_IT_IS = graphql(
  `
    fragment AsItIs on Delivery {
      status
      ...LiveDelivery
    }
  `,
  [LIVE_DELIVERY],
);

const READ_ANEW = graphql(
  `
    query ReadAnew($filter: DeliveryFilter, $ids: [ID!]!) {
      deliveries(first: 100, filter: $filter) {
        nodes {
          ...AsItIs
        }
      }
      nodes(ids: $ids) {
        ... on Delivery {
          ...AsItIs
        }
      }
    }
  `,
  [AS_IT_IS],
);

/** The API takes no more. */
const MOST_IDS = 250;

/** The newest deliveries, and those that are shown, as they are now: oldest first, like changes that come. */
export async function readAnew(
  client: Client,
  filter: StreamFilter,
  shown: readonly Update[],
): Promise<Update[]> {
  const ids = shown.slice(0, MOST_IDS).map(({ delivery }) => delivery.id);
  const { data } = await client
    .query(READ_ANEW, { filter, ids }, { requestPolicy: 'network-only' })
    .toPromise();
  if (!data) return [];
  const known = new Map(shown.map((update) => [update.delivery.id, update]));
  return [...data.deliveries.nodes, ...data.nodes.filter(isDelivery)]
    .filter((delivery) => !isAsShown(delivery, known.get(delivery.id)))
    .map((delivery) => ({ cursor: '', status: delivery.status, attempt: null, delivery }))
    .reverse();
}

type Found = ResultOf<typeof AS_IT_IS>;

/** What has been deleted is null; what is no delivery has no fields here. */
const isDelivery = (node: object | null): node is Found => node !== null && 'id' in node;

const isAsShown = (delivery: Found, update: Update | undefined): boolean =>
  update?.status === delivery.status && update.delivery.nextAttemptAt === delivery.nextAttemptAt;
