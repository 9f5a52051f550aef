import { createClient, type Client } from 'graphql-ws';
import { headersOf, type Session } from '../session/session';
import { GRAPHQL_PATH } from './client';

const LONGEST_PAUSE_MS = 2000;

/** graphql-transport-ws to the same address. It comes back by itself, for as long as somebody listens. */
export function makeLiveClient(session: Session): Client {
  const { protocol, host } = window.location;
  return createClient({
    url: `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${GRAPHQL_PATH}`,
    connectionParams: headersOf(session),
    keepAlive: 15_000,
    retryAttempts: Infinity,
    shouldRetry: (reason) => !(reason instanceof CloseEvent && FINAL_CODES.has(reason.code)),
    // With jitter: after a restart not everybody comes at once.
    retryWait: (retries) =>
      new Promise((resolve) =>
        setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, 150 * 2 ** retries) * (0.75 + Math.random() / 2)),
      ),
  });
}

/** Not allowed (any more), or a request that will not get better. */
const FINAL_CODES = new Set([4400, 4401, 4403]);
