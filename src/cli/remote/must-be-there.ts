import { GraphqlRefusal, type GraphqlCaller } from '../call-graphql';

const KINDS = { endpoint: 'endpoint', webhookSubscription: 'subscription' } as const;

/**
 * Or a command would find nothing, and nobody would know why. Throws when there is none with this id. A key that may do
 * what the command does need not be allowed to see it: then nothing is said.
 */
export async function mustBeThere(api: GraphqlCaller, kind: keyof typeof KINDS, id: string): Promise<void> {
  const query = `query ($id: ID!) { found: ${kind}(id: $id) { id } }`;
  const { found } = await api
    .call<{ found: object | null }>({ query, variables: { id } })
    .catch((error: unknown) => {
      if (error instanceof GraphqlRefusal && error.code === 'FORBIDDEN') return { found: {} };
      throw error;
    });
  if (!found) throw new Error(`there is no ${KINDS[kind]} ${id}, or the key may not see it`);
}
