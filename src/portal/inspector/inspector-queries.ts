import type { ResultOf } from 'gql.tada';
import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';

const REQUEST = graphql(`
  fragment RequestFields on InspectedRequest {
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
`);

const ANSWER = graphql(`
  fragment AnswerFields on InspectorAnswer {
    status
    delayMs
    body
    failuresLeft
  }
`);

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

export const INSPECTOR = graphql(
  `
    query Inspector($id: ID!) {
      inspector(id: $id) {
        id
        name
        url
        hasSecret
        expiresAt
        answer {
          ...AnswerFields
        }
      }
    }
  `,
  [ANSWER],
);

export type InspectorDetail = NonNullable<ResultOf<typeof INSPECTOR>['inspector']>;

/** So many are shown; the API keeps a hundred. */
export const SHOWN = 50;

export const REQUESTS = graphql(
  `
    query InspectedRequests($id: ID!) {
      inspector(id: $id) {
        id
        requests(first: 50) {
          nodes {
            ...RequestFields
          }
        }
      }
    }
  `,
  [REQUEST],
);

export const RECEIVED = graphql(
  `
    subscription Received($id: ID!) {
      inspectorReceived(inspectorId: $id) {
        ...RequestFields
      }
    }
  `,
  [REQUEST],
);

export type InspectedRequest = ResultOf<typeof RECEIVED>['inspectorReceived'];

export const CREATE_INSPECTOR = graphql(
  `
    mutation CreateInspector($input: InspectorCreateInput!) {
      inspectorCreate(input: $input) {
        inspector {
          id
          url
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

export const UPDATE_INSPECTOR = graphql(
  `
    mutation UpdateInspector($input: InspectorUpdateInput!) {
      inspectorUpdate(input: $input) {
        inspector {
          id
          hasSecret
          expiresAt
          answer {
            ...AnswerFields
          }
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT, ANSWER],
);

export const DELETE_INSPECTOR = graphql(
  `
    mutation DeleteInspector($id: ID!) {
      inspectorDelete(id: $id) {
        deletedId
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);
