import type { GraphqlClient } from './graphql-client';
import type { UserError } from './managing';

export interface SeenEventType {
  id: string;
  name: string;
  description: string;
  archived: boolean;
  requiredScope: string | null;
  tenant: { slug: string } | null;
  versions: {
    version: number;
    schema: unknown;
    example: unknown;
    deprecated: boolean;
    downgrade: string | null;
  }[];
}

export interface SavedEventType {
  eventType: SeenEventType | null;
  warnings: string[];
  userErrors: UserError[];
}

export const EVENT_TYPE = `id name description archived requiredScope tenant { slug }
  versions { version schema example deprecated downgrade }`;
const SAVED = `eventType { ${EVENT_TYPE} } warnings userErrors { field code message }`;

export async function upsertEventType(by: GraphqlClient, input: object): Promise<SavedEventType> {
  const { answer } = await by.ask<{ answer: SavedEventType }>(
    `mutation ($input: EventTypeInput!) { answer: eventTypeUpsert(input: $input) { ${SAVED} } }`,
    { input },
  );
  return answer;
}

/** Saves it; fails with what was refused. */
export async function saveEventType(
  by: GraphqlClient,
  input: object,
): Promise<SeenEventType & { warnings: string[] }> {
  const { eventType, warnings, userErrors } = await upsertEventType(by, input);
  if (!eventType) throw new Error(`the event type was not saved: ${JSON.stringify(userErrors)}`);
  return { ...eventType, warnings };
}

export async function archiveEventType(by: GraphqlClient, id: string): Promise<SavedEventType> {
  const { answer } = await by.ask<{ answer: SavedEventType }>(
    `mutation ($id: ID!) { answer: eventTypeArchive(id: $id) { ${SAVED} } }`,
    { id },
  );
  return answer;
}

export async function findEventType(by: GraphqlClient, name: string): Promise<SeenEventType | null> {
  const { eventType } = await by.ask<{ eventType: SeenEventType | null }>(
    `query ($name: String!) { eventType(name: $name) { ${EVENT_TYPE} } }`,
    { name },
  );
  return eventType;
}

export async function listEventTypes(by: GraphqlClient, args = 'first: 250') {
  const { eventTypes } = await by.ask<{
    eventTypes: {
      totalCount: number;
      nodes: SeenEventType[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
  }>(`{ eventTypes(${args}) { totalCount nodes { ${EVENT_TYPE} } pageInfo { hasNextPage endCursor } } }`);
  return eventTypes;
}
