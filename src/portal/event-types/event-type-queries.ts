import { graphql } from '../graphql/graphql';

export const EVENT_TYPES = graphql(`
  query EventTypes($after: Cursor) {
    eventTypes(first: 100, after: $after) {
      nodes {
        id
        name
        description
        archived
        requiredScope
        tenant {
          slug
        }
        versions {
          version
          deprecated
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

export const EVENT_TYPE = graphql(`
  query EventType($name: String!) {
    eventType(name: $name) {
      id
      name
      description
      archived
      requiredScope
      tenant {
        name
      }
      versions {
        version
        deprecated
        downgrade
        schema
        example
        changes {
          code
          place
          detail
          breaks
        }
      }
    }
  }
`);

/** What came lately: some of it may be in no catalog. */
export const NEWEST = graphql(`
  query NewestTypes {
    events(first: 250) {
      nodes {
        id
        type
        version
        receivedAt
      }
    }
  }
`);
