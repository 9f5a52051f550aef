import { print } from '@0no-co/graphql.web';
import type { ResultOf, VariablesOf } from 'gql.tada';
import type { Client } from 'graphql-ws';
import { graphql } from '../graphql/graphql';

export const UPDATES = graphql(`
  subscription Updates($filter: DeliveryFilter, $after: Cursor) {
    deliveryUpdated(filter: $filter, after: $after) {
      cursor
      status
      attempt {
        number
        ok
        at
        durationMs
        error
        responseStatus
      }
      delivery {
        id
        createdAt
        nextAttemptAt
        heldBecause
        endpoint {
          id
          name
        }
        event {
          id
          type
          tenant {
            slug
          }
        }
      }
    }
  }
`);

export type Update = ResultOf<typeof UPDATES>['deliveryUpdated'];
export type StreamFilter = NonNullable<VariablesOf<typeof UPDATES>['filter']>;

/**
 * Every change from now on, each once. After a lost connection it goes on behind the last one that came.
 * @returns how to end it
 */
export function followUpdates(
  live: Client,
  filter: StreamFilter,
  onUpdate: (update: Update) => void,
  onRefused: (why: string) => void,
): () => void {
  // The client sends this same object again when it subscribes again, with the cursor that it has by then.
  const variables: { filter: StreamFilter; after?: string } = { filter };
  return live.subscribe<ResultOf<typeof UPDATES>>(
    { query: print(UPDATES), variables },
    {
      next: ({ data, errors }) => {
        if (errors) onRefused(errors[0]?.message ?? 'The stream ended.');
        if (!data) return;
        variables.after = data.deliveryUpdated.cursor;
        onUpdate(data.deliveryUpdated);
      },
      error: (reason) => onRefused(sentenceOf(reason)),
      complete: () => undefined,
    },
  );
}

function sentenceOf(reason: unknown): string {
  if (Array.isArray(reason)) return (reason[0] as { message?: string }).message ?? 'The stream ended.';
  if (reason instanceof CloseEvent && reason.code === 4403) return 'Your session is over. Sign in again.';
  return 'The stream ended.';
}
