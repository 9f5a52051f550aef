import { FAULT } from '../graphql/fault';
import { ATTEMPT } from '../deliveries/attempt-fields';
import { graphql } from '../graphql/graphql';

export const ENDPOINTS = graphql(`
  query Endpoints($after: Cursor) {
    endpoints(first: 50, after: $after) {
      nodes {
        id
        name
        url
        status
        createdAt
        tenant {
          slug
        }
        subscriptions {
          eventTypes
          enabled
        }
        health {
          circuit
          heldCount
        }
        stats {
          total
          delivered
          deadLettered
          confirmationRate
          failureRate
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

/** Asked for only when somebody wants to see it. */
export const SECRET = graphql(`
  query EndpointSecret($id: ID!) {
    endpoint(id: $id) {
      secret
    }
  }
`);

export const CREATE = graphql(
  `
    mutation CreateEndpoint($input: EndpointCreateInput!) {
      endpointCreate(input: $input) {
        endpoint {
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

export const UPDATE = graphql(
  `
    mutation UpdateEndpoint($input: EndpointUpdateInput!) {
      endpointUpdate(input: $input) {
        endpoint {
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

export const PAUSE = graphql(
  `
    mutation PauseEndpoint($id: ID!) {
      endpointPause(id: $id) {
        endpoint {
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

export const RESUME = graphql(
  `
    mutation ResumeEndpoint($input: EndpointResumeInput!) {
      endpointResume(input: $input) {
        endpoint {
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

export const DELETE = graphql(
  `
    mutation DeleteEndpoint($id: ID!) {
      endpointDelete(id: $id) {
        deletedId
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

export const ROTATE = graphql(
  `
    mutation RotateSecret($input: EndpointSecretRotateInput!) {
      endpointSecretRotate(input: $input) {
        endpoint {
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

export const TEST = graphql(
  `
    mutation TestEndpoint($input: EndpointTestInput!) {
      endpointTest(input: $input) {
        attempt {
          ...AttemptFields
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT, ATTEMPT],
);
