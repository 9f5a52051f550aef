import type { ResultOf } from 'gql.tada';
import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';
import { DELIVERY_CHANGED } from '../deliveries/delivery-query';
import { useConnection } from '../session/connection';
import { followChanges } from './follow-changes';

type Change = ResultOf<typeof DELIVERY_CHANGED>['deliveryUpdated']['delivery'];

/** So often the page is drawn at most, however fast changes come. */
const GATHER_MS = 250;

/**
 * What changes of a list while one looks at it: the items that are in it, and how many are new. After a lost connection
 * it goes on behind the last change that came.
 * @param onMissed called when there may have been changes that nobody tells any more
 */
export function useChanges(items: readonly { id: string }[], onMissed: () => void) {
  const { live } = useConnection();
  const [changed, setChanged] = useState<ReadonlyMap<string, Change>>(new Map());
  const [unseen, setUnseen] = useState(0);
  const known = useRef<ReadonlySet<string>>(new Set());
  const fresh = useRef(new Set<string>());
  const missed = useEffectEvent(onMissed);
  useEffect(() => {
    known.current = new Set(items.map(({ id }) => id));
  }, [items]);

  useEffect(() => {
    let gathered = new Map<string, Change>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      timer = undefined;
      setChanged(gathered);
      setUnseen(fresh.current.size);
      gathered = new Map();
    };
    const end = followChanges(live, {
      document: DELIVERY_CHANGED,
      onUpdate: ({ delivery }) => {
        if (known.current.has(delivery.id)) gathered.set(delivery.id, delivery);
        else if (fresh.current.size < 1000) fresh.current.add(delivery.id);
        timer ??= setTimeout(flush, GATHER_MS);
      },
      onMissed: () => missed(),
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [live]);

  const forget = useCallback(() => {
    fresh.current.clear();
    setUnseen(0);
  }, []);
  return { changed, unseen, forget };
}
