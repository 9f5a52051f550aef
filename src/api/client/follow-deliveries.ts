import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';

/** What a partner's own client would do to watch its deliveries: graphql-ws, an API key, and the last cursor it saw. */
export interface DeliveryUpdate {
  cursor: string;
  status: string;
  delivery: {
    id: string;
    attemptCount: number;
    heldBecause: string | null;
    lastError: string | null;
    nextAttemptAt: string | null;
    endpoint: { name: string };
    event: { type: string; idempotencyKey: string | null };
  };
  attempt: {
    number: number;
    durationMs: number;
    ok: boolean;
    responseStatus: number | null;
    error: string | null;
  } | null;
}

export interface Follow {
  /** http://host:port/graphql */
  graphqlUrl: string;
  apiKey: string;
  signal: AbortSignal;
  onUpdate: (update: DeliveryUpdate) => void;
  /** Called once each time the stream is lost. It is opened again, from the last cursor, until that succeeds. */
  onLost: (reason: string) => void;
}

export const DELIVERY_UPDATED = `
  subscription ($after: Cursor) {
    deliveryUpdated(after: $after) {
      cursor
      status
      delivery {
        id attemptCount heldBecause lastError nextAttemptAt
        endpoint { name }
        event { type idempotencyKey }
      }
      attempt { number durationMs ok responseStatus error }
    }
  }`;

const REOPEN_PAUSE_MS = 1000;

/** Follows every delivery of the key's tenant until `signal` aborts. Never rejects. */
export async function followDeliveries({
  graphqlUrl,
  apiKey,
  signal,
  onUpdate,
  onLost,
}: Follow): Promise<void> {
  /** An object, because it also changes between two turns of the loop below. */
  const stream = { isLost: false };
  const client = createClient({
    url: graphqlUrl.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${apiKey}` },
    // Opening again is done here, because only here is the cursor known.
    retryAttempts: 0,
    on: { connected: () => (stream.isLost = false) },
  });
  let after: string | null = null;
  const take = (update: DeliveryUpdate): void => {
    after = update.cursor;
    onUpdate(update);
  };
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    const reason = await followOnce(client, after, take, signal);
    if (isOver()) break;
    if (!stream.isLost) onLost(reason);
    stream.isLost = true;
    await sleep(REOPEN_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  await client.dispose();
}

/** Resolves with the reason when the stream has ended. */
function followOnce(
  client: Client,
  after: string | null,
  take: (update: DeliveryUpdate) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve) => {
    const leave = (): void => unsubscribe();
    const end = (reason: string): void => {
      signal.removeEventListener('abort', leave);
      resolve(reason);
    };
    const unsubscribe = client.subscribe<{ deliveryUpdated: DeliveryUpdate }>(
      { query: DELIVERY_UPDATED, variables: { after } },
      {
        next: ({ data, errors }) => {
          if (data) take(data.deliveryUpdated);
          else {
            end(errors?.map(({ message }) => message).join('; ') ?? 'an answer without data');
            unsubscribe();
          }
        },
        error: (error) => end(reasonOf(error)),
        complete: () => end('the server ended it'),
      },
    );
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

/** graphql-ws hands over a close event, an Error, or a list of GraphQL errors. */
function reasonOf(error: unknown): string {
  if (Array.isArray(error))
    return error.map((one: { message?: string }) => one.message ?? 'unknown').join('; ');
  if (error instanceof Error) return error.message;
  const { code, reason } = error as { code?: number; reason?: string };
  if (reason) return reason;
  return code === undefined ? 'the connection was lost' : `the connection was closed (${code})`;
}
