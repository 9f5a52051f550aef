import { useEffect, useEffectEvent } from 'react';
import { graphql } from '../graphql/graphql';
import { useConnection } from '../session/connection';
import { followChanges } from './follow-changes';

const ANY_CHANGE = graphql(`
  subscription AnyChange($after: Cursor) {
    deliveryUpdated(after: $after) {
      cursor
      delivery {
        id
      }
    }
  }
`);

/** Calls back when this delivery changes, and when it may have changed without being told. */
export function useOnChange(deliveryId: string, onChange: () => void): void {
  const { live } = useConnection();
  const changed = useEffectEvent(onChange);
  useEffect(
    () =>
      followChanges(live, {
        document: ANY_CHANGE,
        onUpdate: ({ delivery }) => {
          if (delivery.id === deliveryId) changed();
        },
        // What was read while the stream was not yet open may be older than where it begins.
        onPlace: () => changed(),
        onMissed: () => changed(),
      }),
    [live, deliveryId],
  );
}
