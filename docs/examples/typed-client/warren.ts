import { initGraphQLTada, type TadaDocumentNode } from 'gql.tada';
import { print } from 'graphql';
import type { introspection } from './graphql-env';

/** A document's result and variables get their types from its text: nothing is generated but the schema's own types. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; Cursor: string; JSON: unknown };
}>();

/** One query or mutation. Fails with the codes of the errors. */
export async function ask<Result, Variables>(
  { url, token }: { url: string; token: string },
  document: TadaDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await response.json()) as {
    data?: Result | null;
    errors?: { message: string; extensions?: { code?: string } }[];
  };
  if (errors || !data)
    throw new Error(errors?.map(({ extensions, message }) => `${extensions?.code ?? ''}: ${message}`).join());
  return data;
}
