import { useEffect, useRef, useState } from 'react';
import { followUpdates } from '../live/live-stream';
import { useConnection } from '../session/connection';

const DRAW_MS = 250;
const EVERYTHING = {};

/** How many changes came since the page was opened. */
export function useLiveTotal(): number {
  const { live } = useConnection();
  const [total, setTotal] = useState(0);
  const count = useRef(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = followUpdates(
      live,
      EVERYTHING,
      () => {
        count.current++;
        timer ??= setTimeout(() => {
          timer = undefined;
          setTotal(count.current);
        }, DRAW_MS);
      },
      () => undefined,
    );
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [live]);
  return total;
}
