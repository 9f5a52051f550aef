import { print } from '@0no-co/graphql.web';
import type { ResultOf } from 'gql.tada';
import { useEffect, useEffectEvent } from 'react';
import { graphql } from '../graphql/graphql';
import { useConnection } from '../session/connection';
import { useOnReturn } from './use-on-return';

const ANY_CHANGE = graphql(`
  subscription AnyChange {
    deliveryUpdated {
      status
      delivery {
        id
      }
    }
  }
`);

/** Calls back when this delivery changes, and when the connection is there again: something may have been missed. */
export function useOnChange(deliveryId: string, onChange: () => void): void {
  const { live } = useConnection();
  const changed = useEffectEvent(onChange);
  useEffect(() => {
    return live.subscribe<ResultOf<typeof ANY_CHANGE>>(
      { query: print(ANY_CHANGE), variables: {} },
      {
        next: ({ data }) => {
          if (data?.deliveryUpdated.delivery.id === deliveryId) changed();
        },
        error: () => undefined,
        complete: () => undefined,
      },
    );
  }, [live, deliveryId]);
  useOnReturn(onChange);
}
