import { initGraphQLTada } from 'gql.tada';
import type { introspection } from './schema-types';

/** Documents whose results and variables have types, made by the compiler from schema.graphql (npm run portal:types). */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: { ID: string; DateTime: string; Cursor: string; JSON: unknown };
}>();
