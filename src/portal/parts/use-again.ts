import { useEffect, useEffectEvent } from 'react';

/** Calls now and then, for as long as the page is there: for what no stream tells of. */
export function useAgain(everyMs: number, call: () => void): void {
  const again = useEffectEvent(call);
  useEffect(() => {
    const timer = setInterval(() => again(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
