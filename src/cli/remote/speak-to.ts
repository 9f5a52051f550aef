import { GraphqlRefusal, makeGraphqlCaller, type GraphqlCaller } from '../call-graphql';
import type { Deployment } from './deployment';

/** The API of a deployment. What goes wrong is said as something to do. */
export function speakTo({ graphqlUrl, apiKey, tenant }: Deployment, signal: AbortSignal): GraphqlCaller {
  const caller = makeGraphqlCaller({
    ...{ url: graphqlUrl, apiKey, signal },
    ...(tenant === undefined ? {} : { tenant }),
  });
  return {
    call: <T>(...operation: Parameters<GraphqlCaller['call']>) =>
      caller.call<T>(...operation).catch((error: unknown) => {
        throw explain(error, graphqlUrl, tenant);
      }),
  };
}

function explain(cause: unknown, graphqlUrl: string, tenant: string | undefined): Error {
  if (cause instanceof GraphqlRefusal) return explainRefusal(cause, tenant);
  if (!(cause instanceof Error)) return new Error(String(cause));
  if (cause.name === 'TimeoutError')
    return new Error(`${graphqlUrl} did not answer in time: is the deployment well?`, { cause });
  const code = (cause.cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined)
    return new Error(`${graphqlUrl}: ${cause.message}. Set WARREN_URL or --url to a deployment of Warren`, {
      cause,
    });
  return new Error(
    `nothing answers at ${graphqlUrl} (${code}): start Warren there, or set WARREN_URL or --url`,
    { cause },
  );
}

function explainRefusal(cause: GraphqlRefusal, tenant = ''): Error {
  if (cause.code === 'UNAUTHENTICATED') return keyRefused(cause);
  // The name of a header, which nobody wrote here.
  if (!cause.message.startsWith('warren-tenant ')) return cause;
  return new Error(`this key reaches no tenant "${tenant}": set WARREN_TENANT or --tenant to a slug`, {
    cause,
  });
}

export function keyRefused(cause?: unknown): Error {
  return new Error('the API key was refused: set WARREN_API_KEY or --api-key to one that is valid', {
    cause,
  });
}
