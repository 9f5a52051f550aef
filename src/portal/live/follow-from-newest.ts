import { print } from '@0no-co/graphql.web';
import type { TadaDocumentNode } from 'gql.tada';
import type { Client } from 'graphql-ws';

/** Asks where "now" is. */
export type NewestPlace = TadaDocumentNode<{ deliveryUpdatedCursor: unknown }, Record<string, never>>;

export interface Changed {
  deliveryUpdated: { cursor: string };
}

export interface Following<Data extends Changed, Variables> {
  document: TadaDocumentNode<Data, Variables>;
  variables?: Omit<Variables, 'after'>;
  onUpdate: (update: Data['deliveryUpdated']) => void;
  /** It is known from where changes are told; what was read before may be older. */
  onPlace?: () => void;
  /** It goes on from now: what came while the connection was lost is past retention, and not told. */
  onMissed?: () => void;
  onRefused?: (why: string) => void;
}

const RETRY_MS = 2000;
/** Retention is longer: who is refused with a place this young is refused for something else, and would be again. */
const YOUNG_MS = 60_000;
/** What is better a little later. */
const PASSING = new Set(['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR', 'RATE_LIMITED']);

/**
 * Every change from now on, each once. Where "now" is, is asked before the stream is opened, so that a connection which
 * is lost before the first change goes on from a place that is known, as one that is lost later does.
 * @returns how to end it
 */
export function followFromNewest<Data extends Changed, Variables>(
  live: Client,
  newest: NewestPlace,
  { document, variables: given, onUpdate, onPlace, onMissed, onRefused }: Following<Data, Variables>,
): () => void {
  // The client sends this same object again when it subscribes again, with the cursor that it has by then.
  const variables: Record<string, unknown> & { after?: string } = { ...given };
  let isOver = false;
  let hasMissed = false;
  let placeAskedAtMs = -Infinity;
  let stop = (): void => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function askPlace(): void {
    stop = live.subscribe<{ deliveryUpdatedCursor: unknown }>(
      { query: print(newest) },
      {
        next({ data, errors }) {
          if (isOver) return;
          if (errors) {
            failed(errors);
            return;
          }
          if (typeof data?.deliveryUpdatedCursor === 'string') variables.after = data.deliveryUpdatedCursor;
          placeAskedAtMs = Date.now();
          if (hasMissed) onMissed?.();
          hasMissed = false;
          onPlace?.();
          open();
        },
        error: failed,
        complete: () => undefined,
      },
    );
  }

  function open(): void {
    stop = live.subscribe<Data>(
      { query: print(document), variables },
      {
        next({ data, errors }) {
          if (isOver) return;
          if (!data) {
            failed(errors ?? []);
            return;
          }
          const { cursor }: Changed['deliveryUpdated'] = data.deliveryUpdated;
          variables.after = cursor;
          placeAskedAtMs = -Infinity;
          onUpdate(data.deliveryUpdated);
        },
        error: failed,
        complete: () => undefined,
      },
    );
  }

  function failed(reason: unknown): void {
    if (isOver) return;
    const code = codeOf(reason);
    const isYoung = Date.now() - placeAskedAtMs < YOUNG_MS;
    if (code === 'BAD_USER_INPUT' && variables.after !== undefined && !isYoung) {
      delete variables.after;
      hasMissed = true;
    } else if (!PASSING.has(code)) {
      onRefused?.(sentenceOf(reason));
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(() => {
      stop();
      if (variables.after === undefined) askPlace();
      else open();
    }, RETRY_MS);
  }

  askPlace();
  return () => {
    isOver = true;
    clearTimeout(timer);
    stop();
  };
}

interface StreamError {
  message?: string;
  extensions?: { code?: unknown };
}

const firstOf = (reason: unknown): StreamError | undefined =>
  Array.isArray(reason) ? (reason[0] as StreamError | undefined) : undefined;

const codeOf = (reason: unknown): string => {
  const code = firstOf(reason)?.extensions?.code;
  return typeof code === 'string' ? code : '';
};

function sentenceOf(reason: unknown): string {
  // A CloseEvent, which only browsers have.
  if ((reason as { code?: unknown } | undefined)?.code === 4403)
    return 'Your session is over. Sign in again.';
  return firstOf(reason)?.message ?? 'The stream ended.';
}
