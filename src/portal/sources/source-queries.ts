import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';

export const SOURCES = graphql(`
  query Sources($after: Cursor) {
    sourcesConnection(first: 50, after: $after) {
      nodes {
        id
        name
        provider
        url
        eventTypePrefix
        enabled
        lastReceivedAt
        lastRefusedAt
        lastRefusal
        createdAt
        tenant {
          slug
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

/** There is no list of one source's events alone: these are looked through. */
export const NEWEST_EVENTS = graphql(`
  query NewestEvents {
    events(first: 100) {
      nodes {
        id
        type
        receivedAt
      }
    }
  }
`);

export const CREATE_SOURCE = graphql(
  `
    mutation CreateSource($input: SourceCreateInput!) {
      sourceCreate(input: $input) {
        source {
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

export const UPDATE_SOURCE = graphql(
  `
    mutation UpdateSource($input: SourceUpdateInput!) {
      sourceUpdate(input: $input) {
        source {
          id
          enabled
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

export const ROTATE_SOURCE_SECRET = graphql(
  `
    mutation RotateSourceSecret($input: SourceSecretRotateInput!) {
      sourceSecretRotate(input: $input) {
        source {
          id
          oldSecretsUntil
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

export const DELETE_SOURCE = graphql(
  `
    mutation DeleteSource($id: ID!) {
      sourceDelete(id: $id) {
        deletedId
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);
