import { createContext, use, useEffect, useMemo, type ReactNode } from 'react';
import type { Client as LiveClient } from 'graphql-ws';
import { Provider } from 'urql';
import { makeClient } from '../graphql/client';
import { makeLiveClient } from '../graphql/live-client';
import { end, type Session } from './session';

interface Connection {
  session: Session;
  live: LiveClient;
}

const ConnectionContext = createContext<Connection | null>(null);

/** The session and its WebSocket. Only below ConnectionProvider. */
export function useConnection(): Connection {
  const connection = use(ConnectionContext);
  if (!connection) throw new Error('useConnection outside of ConnectionProvider');
  return connection;
}

/** Clients that belong to one session; another session, or another tenant, has others and none of their answers. */
export function ConnectionProvider({ session, children }: { session: Session; children: ReactNode }) {
  const { client, connection } = useMemo(() => {
    const client = makeClient(session, () =>
      end('Your session is over, or the key is not known here. Sign in again.'),
    );
    return { client, connection: { session, live: makeLiveClient(session) } };
  }, [session]);
  useEffect(() => () => void connection.live.dispose(), [connection]);
  return (
    <Provider value={client}>
      <ConnectionContext value={connection}>{children}</ConnectionContext>
    </Provider>
  );
}
