import type { ResultOf } from 'gql.tada';
import { graphql } from '../graphql/graphql';

export const INSPECTORS = graphql(`
  query Inspectors {
    inspectors(first: 250) {
      nodes {
        id
        name
        url
        expiresAt
        createdAt
        tenant {
          slug
        }
      }
    }
  }
`);

export const INSPECTOR = graphql(`
  query Inspector($id: ID!) {
    inspector(id: $id) {
      id
      name
      url
      hasSecret
      expiresAt
      answer {
        status
        delayMs
        body
        failuresLeft
      }
    }
  }
`);

export type InspectorDetail = NonNullable<ResultOf<typeof INSPECTOR>['inspector']>;

/** So many are shown; the API keeps a hundred. */
export const SHOWN = 50;

export const REQUESTS = graphql(`
  query InspectedRequests($id: ID!) {
    inspector(id: $id) {
      id
      requests(first: 50) {
        nodes {
          id
          at
          method
          path
          headers
          body
          bodyBase64
          bodyBytes
          signature
          answeredStatus
        }
      }
    }
  }
`);

export const RECEIVED = graphql(`
  subscription Received($id: ID!) {
    inspectorReceived(inspectorId: $id) {
      id
      at
      method
      path
      headers
      body
      bodyBase64
      bodyBytes
      signature
      answeredStatus
    }
  }
`);

export type InspectedRequest = ResultOf<typeof RECEIVED>['inspectorReceived'];

export const CREATE_INSPECTOR = graphql(`
  mutation CreateInspector($input: InspectorCreateInput!) {
    inspectorCreate(input: $input) {
      inspector {
        id
        url
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`);

export const UPDATE_INSPECTOR = graphql(`
  mutation UpdateInspector($input: InspectorUpdateInput!) {
    inspectorUpdate(input: $input) {
      inspector {
        id
        hasSecret
        expiresAt
        answer {
          status
          delayMs
          body
          failuresLeft
        }
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`);

export const DELETE_INSPECTOR = graphql(`
  mutation DeleteInspector($id: ID!) {
    inspectorDelete(id: $id) {
      deletedId
      userErrors {
        field
        code
        message
      }
    }
  }
`);
