import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client, type SubscribePayload } from 'graphql-ws';
import WebSocket from 'ws';

/** A subscription of the API as a partner's own client would hold it: graphql-ws, and an API key. */
export interface FollowedStream<Data> {
  /** http://host:port/graphql */
  graphqlUrl: string;
  apiKey: string;
  /** For a key over all tenants: the slug or ten_ id of the one to watch. */
  tenant?: string | undefined;
  query: string;
  /** Asked each time the stream is opened. */
  variables: () => Record<string, unknown>;
  /** What must be known before it can be opened; undefined: nothing more. */
  askFirst?: () => Question | undefined;
  signal: AbortSignal;
  onData: (data: Data) => void;
  /** Called once each time the stream is lost. It is opened again until that succeeds. */
  onLost: (reason: string) => void;
}

/** A query that is asked over the connection of the stream. */
export interface Question {
  query: string;
  onAnswer: (data: Record<string, unknown>) => void;
}

/** Why a stream has ended. */
export interface StreamEnd {
  reason: string;
  /** `extensions.code` of the error, when there was one. */
  code?: string | undefined;
}

const REOPEN_PAUSE_MS = 1000;

/** What trying again does not mend: a wrong or revoked key, a scope that it lacks, a cursor past retention. */
const LASTING = ['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED'];
/** The close code of a key that is refused, at the start or later. */
const CLOSED_FORBIDDEN = 4403;

/** Follows until `signal` aborts, or until the server refuses for good and why. Never rejects. */
export async function followStream<Data>(followed: FollowedStream<Data>): Promise<StreamEnd | undefined> {
  const { graphqlUrl, apiKey, tenant, signal, onLost } = followed;
  /** An object, because it also changes between two turns of the loop below. */
  const stream = { isLost: false };
  const client = createClient({
    url: graphqlUrl.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: {
      authorization: `Bearer ${apiKey}`,
      ...(tenant === undefined ? {} : { 'warren-tenant': tenant }),
    },
    // Opening again is done here, because only here is it known from where.
    retryAttempts: 0,
    on: { connected: () => (stream.isLost = false) },
  });
  let refusal: StreamEnd | undefined;
  const isOver = (): boolean => signal.aborted || refusal !== undefined;
  while (!isOver()) {
    const end = await followOnce(client, followed);
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
async function followOnce<Data>(client: Client, followed: FollowedStream<Data>): Promise<StreamEnd> {
  const { query, variables, askFirst, onData, signal } = followed;
  const question = askFirst?.();
  if (question) {
    const answers: Record<string, unknown>[] = [];
    const end = await run(client, { query: question.query }, (data) => answers.push(data), signal);
    const [answer] = answers;
    if (!answer || signal.aborted) return end;
    question.onAnswer(answer);
  }
  return run(client, { query, variables: variables() }, (data) => onData(data as Data), signal);
}

/** One operation, until it has ended. */
function run(
  client: Client,
  operation: SubscribePayload,
  onData: (data: Record<string, unknown>) => void,
  signal: AbortSignal,
): Promise<StreamEnd> {
  return new Promise((resolve) => {
    const leave = (): void => unsubscribe();
    const end = (streamEnd: StreamEnd): void => {
      signal.removeEventListener('abort', leave);
      resolve(streamEnd);
    };
    const unsubscribe = client.subscribe(operation, {
      next: ({ data, errors }) => {
        if (data) onData(data);
        else {
          end(errors ? endOf(errors) : { reason: 'an answer without data' });
          unsubscribe();
        }
      },
      error: (error) => end(endOf(error)),
      complete: () => end({ reason: 'the server ended it' }),
    });
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
