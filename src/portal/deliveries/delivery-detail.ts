import type { ResultOf } from 'gql.tada';
import { graphql } from '../graphql/graphql';
import { ATTEMPT } from './attempt-fields';

export const DELIVERY = graphql(
  `
    query Delivery($id: ID!) {
      delivery(id: $id) {
        id
        status
        attemptCount
        createdAt
        deliveredAt
        updatedAt
        nextAttemptAt
        lastError
        heldBecause
        endpoint {
          id
          name
          url
          status
          retrySchedule
          timeoutMs
          signatureScheme
          payloadFormat
        }
        event {
          id
          type
          version
          receivedAt
          orderingKey
          tenant {
            slug
          }
        }
        subscription {
          id
          eventTypes
        }
        attempts {
          ...AttemptFields
        }
      }
    }
  `,
  [ATTEMPT],
);

export type DeliveryDetail = NonNullable<ResultOf<typeof DELIVERY>['delivery']>;
