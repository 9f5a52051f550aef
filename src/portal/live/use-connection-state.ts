import { useEffect, useState } from 'react';
import { useConnection } from '../session/connection';

/** Whether the WebSocket is there. Somebody must listen to a stream, or it is never opened. */
export function useIsConnected(): boolean {
  const { live } = useConnection();
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    const ends = [
      live.on('connected', () => setConnected(true)),
      live.on('closed', () => setConnected(false)),
    ];
    return () => ends.forEach((end) => end());
  }, [live]);
  return isConnected;
}
