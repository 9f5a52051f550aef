import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';

export const DELIVERIES = graphql(`
  query Deliveries($filter: DeliveryFilter, $after: Cursor) {
    deliveries(first: 100, after: $after, filter: $filter) {
      nodes {
        id
        status
        attemptCount
        createdAt
        deliveredAt
        nextAttemptAt
        lastError
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
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

/** Only that something changed; what it is now is asked for, so that it is whole. */
export const DELIVERY_CHANGED = graphql(`
  subscription DeliveryChanged($after: Cursor) {
    deliveryUpdated(after: $after) {
      cursor
      status
      delivery {
        id
        status
        attemptCount
        deliveredAt
        nextAttemptAt
        lastError
        heldBecause
      }
    }
  }
`);

export const RETRY = graphql(
  `
    mutation RetryDelivery($id: ID!) {
      deliveryRetry(id: $id) {
        delivery {
          id
          status
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

export const CANCEL = graphql(
  `
    mutation CancelDelivery($id: ID!) {
      deliveryCancel(id: $id) {
        delivery {
          id
          status
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);
