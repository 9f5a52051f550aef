import { parseJson, stringifyJson } from '../runtime/json-text';

/** One GraphQL operation, as it travels and as `curl` is told it. */
export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

export interface GraphqlCaller {
  /** Answers `data`. Throws a GraphqlRefusal when the answer has errors, another Error when there is no answer. */
  call<T>(operation: Operation): Promise<T>;
}

export interface CallerOptions {
  /** http://host:port/graphql */
  url: string;
  apiKey: string;
  /** For an operator's key: slug or ten_ id of the one tenant to act for. */
  tenant?: string;
  signal: AbortSignal;
}

/** `errors` of an answer: what this key may not do, or what the server could not read. */
export class GraphqlRefusal extends Error {
  constructor(
    message: string,
    /** `extensions.code` of the first error. */
    readonly code: string | undefined,
  ) {
    super(message);
    this.name = 'GraphqlRefusal';
  }
}

interface Answer<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

const TIMEOUT_MS = 10_000;

export function makeGraphqlCaller({ url, apiKey, tenant, signal }: CallerOptions): GraphqlCaller {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    authorization: `Bearer ${apiKey}`,
    ...(tenant === undefined ? {} : { 'warren-tenant': tenant }),
  };
  return {
    async call<T>(operation: Operation): Promise<T> {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        // Numbers keep their digits both ways.
        body: stringifyJson(operation),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const text = await response.text();
      const { data, errors } = parseAnswer<T>(text, response.status);
      const [first] = errors ?? [];
      if (first) throw new GraphqlRefusal(first.message, first.extensions?.code);
      if (!data) throw new Error(`the API answered ${response.status} without data`);
      return data;
    },
  };
}

function parseAnswer<T>(text: string, status: number): Answer<T> {
  try {
    return parseJson(text) as Answer<T>;
  } catch (error) {
    throw new Error(`the API answered ${status}, which is not GraphQL`, { cause: error });
  }
}

export interface Refused {
  /** Asked for where it says more than the message does. */
  field?: string[];
  message: string;
}

/** The payload of a mutation when it did what it was asked; throws what the caller could mend otherwise. */
export function succeeded<T extends { userErrors: Refused[] }>(payload: T): T {
  if (payload.userErrors.length === 0) return payload;
  const isOverAll = payload.userErrors.some(({ field }) => /^tenant(Id)?$/.test(field?.at(-1) ?? ''));
  const said = payload.userErrors.map(({ message }) => message).join('; ');
  throw new Error(isOverAll ? `${said} Here that is --tenant or WARREN_TENANT.` : said);
}
