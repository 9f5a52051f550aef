import type { ResultOf } from 'gql.tada';
import { graphql } from '../graphql/graphql';

export const ENDPOINT = graphql(`
  query Endpoint($id: ID!) {
    endpoint(id: $id) {
      id
      name
      url
      description
      status
      disabledReason
      headers
      payloadFormat
      signatureScheme
      publicKey
      oldSecretsUntil
      retrySchedule
      timeoutMs
      rateLimitPerSecond
      maxInFlight
      ordered
      health {
        circuit
        heldCount
        oldestHeldAt
        failingSince
        nextProbeAt
        retryAfterUntil
      }
      createdAt
      updatedAt
      tenant {
        id
        slug
        name
      }
      subscriptions {
        id
        eventTypes
        enabled
        filter
        includeFields
        transform
        version
      }
      stats {
        total
        delivered
        pending
        retrying
        held
        deadLettered
        confirmationRate
        failureRate
        latencyMsP50
        latencyMsP99
        series(buckets: 49) {
          at
          attempts
          failed
          latencyMsP50
          latencyMsP99
        }
      }
    }
  }
`);

export type EndpointDetail = NonNullable<ResultOf<typeof ENDPOINT>['endpoint']>;
export type Subscription = EndpointDetail['subscriptions'][number];
