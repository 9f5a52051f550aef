import type { ResultOf } from 'gql.tada';
import { graphql } from '../graphql/graphql';

export const STATS = graphql(`
  query Stats($since: DateTime!, $until: DateTime!, $buckets: Int!) {
    deliveryStats(since: $since, until: $until) {
      total
      delivered
      pending
      retrying
      held
      deadLettered
      cancelled
      confirmationRate
      failureRate
      latencyMsP50
      latencyMsP95
      latencyMsP99
      series(buckets: $buckets) {
        at
        attempts
        failed
        latencyMsP50
        latencyMsP99
      }
    }
  }
`);

export type Stats = ResultOf<typeof STATS>['deliveryStats'];
