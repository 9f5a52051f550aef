import type { ResultOf } from 'gql.tada';
import { graphql } from '../graphql/graphql';

export const SOURCE = graphql(`
  query Source($id: ID!) {
    source(id: $id) {
      id
      name
      provider
      url
      eventTypePrefix
      enabled
      oldSecretsUntil
      lastReceivedAt
      lastRefusedAt
      lastRefusal
      createdAt
      tenant {
        id
        name
      }
    }
  }
`);

export type SourceDetail = NonNullable<ResultOf<typeof SOURCE>['source']>;
