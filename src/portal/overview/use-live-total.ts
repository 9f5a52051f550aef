import { useEffect, useRef, useState } from 'react';
import { graphql } from '../graphql/graphql';
import { followChanges } from '../live/follow-changes';
import { useConnection } from '../session/connection';

const DRAW_MS = 250;

const ANY_CHANGE = graphql(`
  subscription CountChanges($after: Cursor) {
    deliveryUpdated(after: $after) {
      cursor
    }
  }
`);

/** How many changes came since the page was opened. */
export function useLiveTotal(): number {
  const { live } = useConnection();
  const [total, setTotal] = useState(0);
  const count = useRef(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = followChanges(live, {
      document: ANY_CHANGE,
      onUpdate: () => {
        count.current++;
        timer ??= setTimeout(() => {
          timer = undefined;
          setTotal(count.current);
        }, DRAW_MS);
      },
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [live]);
  return total;
}
