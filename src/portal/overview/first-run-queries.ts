import type { ResultOf } from 'gql.tada';
import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';

export const PROGRESS = graphql(`
  query Progress {
    endpoints(first: 1) {
      nodes {
        id
        name
        subscriptions {
          eventTypes
        }
      }
    }
    delivered: deliveries(first: 1, filter: { status: [DELIVERED] }) {
      nodes {
        id
      }
    }
  }
`);

export type Progress = ResultOf<typeof PROGRESS>;

export const PUBLISH = graphql(
  `
    mutation PublishFirst($input: EventPublishInput!) {
      eventPublish(input: $input) {
        eventId
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

export const FIRST = graphql(`
  query FirstDelivery($eventId: ID!) {
    deliveries(first: 1, filter: { eventId: $eventId }) {
      nodes {
        id
        status
        lastError
        attempts {
          durationMs
        }
      }
    }
  }
`);
