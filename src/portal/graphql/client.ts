import { Client, cacheExchange, fetchExchange, mapExchange, type CombinedError } from '@urql/core';
import { headersOf, type Session } from '../session/session';

export const GRAPHQL_PATH = '/graphql';

/**
 * Queries and mutations as this session. A mutation makes the queries of the types in its answer stale.
 * @param onSignedOut called when the API no longer knows the credential
 */
export function makeClient(session: Session, onSignedOut: () => void): Client {
  return new Client({
    url: GRAPHQL_PATH,
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetchOptions: { headers: headersOf(session), credentials: 'omit' },
    exchanges: [
      mapExchange({ onError: (error) => void (isSignedOut(error) && onSignedOut()) }),
      cacheExchange,
      fetchExchange,
    ],
  });
}

export const codeOf = (error: CombinedError): string | undefined => {
  const code = error.graphQLErrors[0]?.extensions.code;
  return typeof code === 'string' ? code : undefined;
};

const isSignedOut = (error: CombinedError): boolean => codeOf(error) === 'UNAUTHENTICATED';

/** What went wrong, as one sentence for people. */
export function sentenceOf(error: CombinedError): string {
  if (error.networkError) return 'Warren cannot be reached. Trying again helps once it is back.';
  if (codeOf(error) === 'FORBIDDEN') return `${error.graphQLErrors[0]?.message ?? 'Not allowed'}`;
  return error.graphQLErrors[0]?.message ?? error.message;
}
