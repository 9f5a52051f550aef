import type { ResultOf, VariablesOf } from 'gql.tada';
import { graphql } from '../graphql/graphql';

/** What a row shows of a delivery, besides what a change says. */
export const LIVE_DELIVERY = graphql(`
  fragment LiveDelivery on Delivery {
    id
    createdAt
    nextAttemptAt
    heldBecause
    endpoint {
      id
      name
    }
    event {
      id
      type
      tenant {
        slug
      }
    }
  }
`);

export const UPDATES = graphql(
  `
    subscription Updates($filter: DeliveryFilter, $after: Cursor) {
      deliveryUpdated(filter: $filter, after: $after) {
        cursor
        status
        attempt {
          number
          ok
          at
          durationMs
          error
          responseStatus
        }
        delivery {
          ...LiveDelivery
        }
      }
    }
  `,
  [LIVE_DELIVERY],
);

export type Update = ResultOf<typeof UPDATES>['deliveryUpdated'];
export type StreamFilter = NonNullable<VariablesOf<typeof UPDATES>['filter']>;
