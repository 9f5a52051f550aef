import type { ResultOf } from 'gql.tada';
import { graphql } from '../graphql/graphql';

/** One request and its answer, whole. */
export const ATTEMPT = graphql(`
  fragment AttemptFields on DeliveryAttempt {
    number
    at
    ok
    durationMs
    error
    errorDetail
    requestHeaders
    requestBody
    responseStatus
    responseHeaders
    responseBody
  }
`);

export type Attempt = ResultOf<typeof ATTEMPT>;
