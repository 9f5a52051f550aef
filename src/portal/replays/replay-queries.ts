import type { ResultOf } from 'gql.tada';
import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';

export const REPLAYS = graphql(`
  query Replays($after: Cursor) {
    replays(first: 50, after: $after) {
      nodes {
        id
        status
        total
        done
        skipped
        error
        createdAt
        finishedAt
        selection {
          endpointId
          since
          until
          status
          types
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

export type ReplayItem = ResultOf<typeof REPLAYS>['replays']['nodes'][number];

export const COUNT = graphql(`
  query CountDeliveries($filter: DeliveryFilter) {
    deliveries(first: 1, filter: $filter) {
      totalCount
      totalCountIsExact
    }
  }
`);

export const CREATE_REPLAY = graphql(
  `
    mutation CreateReplay($input: ReplayInput!) {
      replayCreate(input: $input) {
        replay {
          id
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

export const CANCEL_REPLAY = graphql(
  `
    mutation CancelReplay($id: ID!) {
      replayCancel(id: $id) {
        replay {
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

export const PROGRESS = graphql(`
  subscription ReplayProgress($id: ID!) {
    replayProgress(replayId: $id) {
      id
      status
      total
      done
      skipped
      error
    }
  }
`);
