import type { ResultOf, VariablesOf } from 'gql.tada';
import { graphql } from '../graphql/graphql';

export const UPDATES = graphql(`
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
    }
  }
`);

export type Update = ResultOf<typeof UPDATES>['deliveryUpdated'];
export type StreamFilter = NonNullable<VariablesOf<typeof UPDATES>['filter']>;
