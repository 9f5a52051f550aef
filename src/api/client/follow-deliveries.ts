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
    /** RFC 3339, as every time here. */
    updatedAt: string;
    endpoint: { id: string; name: string };
    event: { id: string; type: string; idempotencyKey: string | null };
  };
  attempt: {
    number: number;
    at: string;
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
  /** For a key over all tenants: the slug or ten_ id of the one to watch. */
  tenant?: string | undefined;
  /** Which deliveries, as the API has it; all unless given. */
  filter?: { types?: readonly string[]; status?: readonly string[]; endpointId?: string };
  /** The cursor of the last change seen; from now on unless given. */
  after?: string | undefined;
  signal: AbortSignal;
  onUpdate: (update: DeliveryUpdate) => void;
  /** Called once each time the stream is lost. It is opened again, from the last cursor, until that succeeds. */
  onLost: (reason: string) => void;
}

/** Why the stream has ended. */
export interface StreamEnd {
  reason: string;
  /** `extensions.code` of the error, when there was one. */
  code?: string | undefined;
}

export const DELIVERY_UPDATED = `
  subscription ($after: Cursor, $filter: DeliveryFilter) {
    deliveryUpdated(after: $after, filter: $filter) {
      cursor
      status
      delivery {
        id attemptCount heldBecause lastError nextAttemptAt updatedAt
        endpoint { id name }
        event { id type idempotencyKey }
      }
      attempt { number at durationMs ok responseStatus error }
    }
  }`;

const REOPEN_PAUSE_MS = 1000;

/** What trying again does not mend: a wrong or revoked key, a scope that it lacks, a cursor past retention. */
const LASTING = ['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED'];
/** The close code of a key that is refused, at the start or later. */
const CLOSED_FORBIDDEN = 4403;

/** Follows deliveries until `signal` aborts, or until the server refuses for good and why. Never rejects. */
export async function followDeliveries(follow: Follow): Promise<StreamEnd | undefined> {
  const { graphqlUrl, apiKey, tenant, filter, signal, onUpdate, onLost } = follow;
  /** An object, because it also changes between two turns of the loop below. */
  const stream = { isLost: false };
  const client = createClient({
    url: graphqlUrl.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: {
      authorization: `Bearer ${apiKey}`,
      ...(tenant === undefined ? {} : { 'warren-tenant': tenant }),
    },
    // Opening again is done here, because only here is the cursor known.
    retryAttempts: 0,
    on: { connected: () => (stream.isLost = false) },
  });
  let after = follow.after ?? null;
  let refusal: StreamEnd | undefined;
  const take = (update: DeliveryUpdate): void => {
    after = update.cursor;
    onUpdate(update);
  };
  const isOver = (): boolean => signal.aborted || refusal !== undefined;
  while (!isOver()) {
    const end = await followOnce(client, { after, filter: filter ?? null }, take, signal);
    if (LASTING.includes(end.code ?? '')) refusal = end;
    if (isOver()) break;
    if (!stream.isLost) onLost(end.reason);
    stream.isLost = true;
    await sleep(REOPEN_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  await client.dispose();
  return refusal;
}

/** Resolves with the reason when the stream has ended. */
function followOnce(
  client: Client,
  variables: { after: string | null; filter: Follow['filter'] | null },
  take: (update: DeliveryUpdate) => void,
  signal: AbortSignal,
): Promise<StreamEnd> {
  return new Promise((resolve) => {
    const leave = (): void => unsubscribe();
    const end = (streamEnd: StreamEnd): void => {
      signal.removeEventListener('abort', leave);
      resolve(streamEnd);
    };
    const unsubscribe = client.subscribe<{ deliveryUpdated: DeliveryUpdate }>(
      { query: DELIVERY_UPDATED, variables },
      {
        next: ({ data, errors }) => {
          if (data) take(data.deliveryUpdated);
          else {
            end(errors ? endOf(errors) : { reason: 'an answer without data' });
            unsubscribe();
          }
        },
        error: (error) => end(endOf(error)),
        complete: () => end({ reason: 'the server ended it' }),
      },
    );
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

interface StreamError {
  message?: string;
  extensions?: { code?: unknown };
}

/** graphql-ws hands over a close event, an Error, or a list of GraphQL errors. */
function endOf(error: unknown): StreamEnd {
  if (Array.isArray(error)) {
    const errors = error as StreamError[];
    const code = errors[0]?.extensions?.code;
    const reason = errors.map(({ message }) => message ?? 'unknown').join('; ');
    return { reason, code: typeof code === 'string' ? code : undefined };
  }
  if (error instanceof Error) return { reason: error.message };
  const { code, reason } = error as { code?: number; reason?: string };
  const told = code === undefined ? 'the connection was lost' : `the connection was closed (${code})`;
  return {
    reason: reason === undefined || reason === '' ? told : reason,
    code: code === CLOSED_FORBIDDEN ? 'UNAUTHENTICATED' : undefined,
  };
}
