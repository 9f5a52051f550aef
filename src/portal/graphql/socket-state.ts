import type { Client } from 'graphql-ws';

/** Whether the WebSocket is there, for pages that come when it has long been opened. */
export interface SocketState {
  isConnected: () => boolean;
  subscribe: (listener: () => void) => () => void;
}

export function watchSocket(live: Client): SocketState {
  let connected = false;
  const listeners = new Set<() => void>();
  const change = (now: boolean): void => {
    connected = now;
    for (const listener of listeners) listener();
  };
  live.on('connected', () => change(true));
  live.on('closed', () => change(false));
  return {
    isConnected: () => connected,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
