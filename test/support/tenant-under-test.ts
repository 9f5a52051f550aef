import { makeGraphqlClient, type GraphqlClient } from './graphql-client';

export interface UserError {
  field: string[] | null;
  code: string;
  message: string;
}

export interface SeenAttempt {
  number: number;
  at: string;
  durationMs: number;
  ok: boolean;
  requestHeaders: Record<string, string>;
  requestBody: string | null;
  responseStatus: number | null;
  responseBody: string | null;
  error: string | null;
}

export interface SeenDelivery {
  id: string;
  status: string;
  heldBecause: string | null;
  attemptCount: number;
  nextAttemptAt: string | null;
  lastError: string | null;
  deliveredAt: string | null;
  endpoint: { id: string };
  event: { id: string; type: string };
  attempts: SeenAttempt[];
}

export interface MadeEndpoint {
  id: string;
  secret: string;
  publicKey: string | null;
  subscriptions: { id: string }[];
}

/** A tenant that works through the API with a key of its own. */
export interface TenantUnderTest {
  id: string;
  slug: string;
  key: string;
  keyId: string;
  client: GraphqlClient;
  /** With `eventTypes`, subscribed to them. */
  endpoint(input: { url: string; eventTypes?: string[] } & Record<string, unknown>): Promise<MadeEndpoint>;
  /** Publishes through GraphQL. */
  publish(
    input: { type: string; data?: unknown } & Record<string, unknown>,
  ): Promise<{ eventId: string; duplicate: boolean }>;
  delivery(id: string): Promise<SeenDelivery>;
  /** Up to 250, newest first. */
  deliveries(filter?: Record<string, unknown>): Promise<SeenDelivery[]>;
  /** The same tenant and key through another process of the API. */
  through(url: string): TenantUnderTest;
}

const SCOPES = [
  ...['events:publish', 'events:read', 'endpoints:read', 'endpoints:write', 'endpoints:secret'],
  ...['deliveries:read', 'deliveries:write', 'keys:write'],
];
const DELIVERY = `id status heldBecause attemptCount nextAttemptAt lastError deliveredAt endpoint { id } event { id type }
  attempts { number at durationMs ok requestHeaders requestBody responseStatus responseBody error }`;
const ERRORS = 'userErrors { field code message }';

/** By an operator: the tenant, then its key. */
export async function makeTenantUnderTest(
  url: string,
  operatorKey: string,
  slug: string,
): Promise<TenantUnderTest> {
  const operator = makeGraphqlClient(url, operatorKey);
  const { tenantCreate } = await operator.ask<{ tenantCreate: { tenant: { id: string } } }>(
    `mutation ($slug: String!) { tenantCreate(input: { slug: $slug, name: $slug }) { tenant { id } ${ERRORS} } }`,
    { slug },
  );
  const { id } = tenantCreate.tenant;
  const { apiKeyCreate } = await operator.ask<{ apiKeyCreate: { plainKey: string; apiKey: { id: string } } }>(
    `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { plainKey apiKey { id } ${ERRORS} } }`,
    { input: { tenantId: id, name: 'test', scopes: SCOPES } },
  );
  return bind({ id, slug, key: apiKeyCreate.plainKey, keyId: apiKeyCreate.apiKey.id }, url);
}

type Identity = Pick<TenantUnderTest, 'id' | 'slug' | 'key' | 'keyId'>;

function bind(identity: Identity, url: string): TenantUnderTest {
  const client = makeGraphqlClient(url, identity.key);
  return {
    ...identity,
    client,
    async endpoint(input) {
      const { endpointCreate } = await client.ask<{
        endpointCreate: { endpoint: MadeEndpoint | null; userErrors: UserError[] };
      }>(
        `mutation ($input: EndpointCreateInput!) {
          endpointCreate(input: $input) { endpoint { id secret publicKey subscriptions { id } } ${ERRORS} }
        }`,
        { input },
      );
      if (!endpointCreate.endpoint) throw new Error(JSON.stringify(endpointCreate.userErrors));
      return endpointCreate.endpoint;
    },
    async publish(input) {
      const { eventPublish } = await client.ask<{
        eventPublish: { eventId: string | null; duplicate: boolean; userErrors: UserError[] };
      }>(
        `mutation ($input: EventPublishInput!) { eventPublish(input: $input) { eventId duplicate ${ERRORS} } }`,
        {
          input: { data: {}, ...input },
        },
      );
      const { eventId, duplicate, userErrors } = eventPublish;
      if (eventId === null) throw new Error(JSON.stringify(userErrors));
      return { eventId, duplicate };
    },
    async delivery(id) {
      const { delivery } = await client.ask<{ delivery: SeenDelivery | null }>(
        `query ($id: ID!) { delivery(id: $id) { ${DELIVERY} } }`,
        { id },
      );
      if (!delivery) throw new Error(`no delivery ${id}`);
      return delivery;
    },
    async deliveries(filter = {}) {
      const { deliveries } = await client.ask<{ deliveries: { nodes: SeenDelivery[] } }>(
        `query ($filter: DeliveryFilter) { deliveries(filter: $filter, first: 250) { nodes { ${DELIVERY} } } }`,
        { filter },
      );
      return deliveries.nodes;
    },
    through: (other) => bind(identity, other),
  };
}
