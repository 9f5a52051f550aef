import { useEffect, useEffectEvent } from 'react';
import { useConnection } from '../session/connection';

/** Calls back when the connection is there again after it was lost: something may have been missed. */
export function useOnReturn(onReturn: () => void): void {
  const { live, socket } = useConnection();
  const returned = useEffectEvent(onReturn);
  useEffect(() => {
    let isFirst = !socket.isConnected();
    return live.on('connected', () => {
      if (!isFirst) returned();
      isFirst = false;
    });
  }, [live, socket]);
}
