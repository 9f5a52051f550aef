import { useSyncExternalStore } from 'react';
import { useConnection } from '../session/connection';

/** Whether the WebSocket is there. Somebody must listen to a stream, or it is never opened. */
export function useIsConnected(): boolean {
  const { socket } = useConnection();
  return useSyncExternalStore(socket.subscribe, socket.isConnected);
}
