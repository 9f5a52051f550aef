import { GraphqlRefusal, succeeded, type GraphqlCaller, type Operation } from '../call-graphql';
import { CAST, DEMO_SCOPES, DEMO_TENANT, type CastMember } from './cast';

interface Refusable {
  userErrors: { message: string }[];
}

export interface DemoEndpoint {
  id: string;
  name: string;
  url: string;
  secret: string | null;
}

/** The tenant `demo` and a new key for it, made by an operator. A tenant that is there already is used. */
export async function makeTenantKey(operator: GraphqlCaller): Promise<string> {
  const tenantId = (await findTenant(operator)) ?? (await createTenant(operator));
  const made = await operator.call<{ apiKeyCreate: Refusable & { plainKey: string } }>({
    query: `mutation ($input: ApiKeyCreateInput!) {
      apiKeyCreate(input: $input) { plainKey userErrors { message } }
    }`,
    variables: { input: { tenantId, name: 'demo', scopes: DEMO_SCOPES } },
  });
  return succeeded(made.apiKeyCreate).plainKey;
}

async function findTenant(operator: GraphqlCaller): Promise<string | undefined> {
  const query = 'query ($slug: String!) { tenant(slug: $slug) { id } }';
  const found = await operator.call<{ tenant: { id: string } | null }>({
    query,
    variables: { slug: DEMO_TENANT.slug },
  });
  return found.tenant?.id;
}

async function createTenant(operator: GraphqlCaller): Promise<string> {
  const made = await operator.call<{ tenantCreate: Refusable & { tenant: { id: string } } }>({
    query:
      'mutation ($input: TenantCreateInput!) { tenantCreate(input: $input) { tenant { id } userErrors { message } } }',
    variables: { input: DEMO_TENANT },
  });
  return succeeded(made.tenantCreate).tenant.id;
}

/** False when the key is none (any more): the database was made anew, or the key was revoked. */
export async function isKeyGood(tenant: GraphqlCaller): Promise<boolean> {
  try {
    const { viewer } = await tenant.call<{ viewer: { tenant: { slug: string } | null } }>({
      query: '{ viewer { tenant { slug } } }',
    });
    return viewer.tenant?.slug === DEMO_TENANT.slug;
  } catch (error) {
    if (error instanceof GraphqlRefusal && error.code === 'UNAUTHENTICATED') return false;
    throw error;
  }
}

export interface Casting {
  hookUrl: (name: string) => string;
  /** False: only those that are there are pointed at the inspector; what somebody deleted stays away. */
  mayCreate: boolean;
}

/** The endpoints of the demo, pointed at the inspector wherever it listens today. */
export async function ensureEndpoints(
  tenant: GraphqlCaller,
  { hookUrl, mayCreate }: Casting,
): Promise<DemoEndpoint[]> {
  const { endpoints } = await tenant.call<{ endpoints: { nodes: DemoEndpoint[] } }>({
    query: '{ endpoints(first: 250) { nodes { id name url secret } } }',
  });
  const ensured: DemoEndpoint[] = [];
  for (const member of CAST) {
    const url = hookUrl(member.name);
    const found = endpoints.nodes.find(({ name }) => name === member.name);
    if (!found && mayCreate) ensured.push(await changeEndpoint(tenant, creation(member, url)));
    else if (found && found.url !== url) ensured.push(await changeEndpoint(tenant, move(found.id, url)));
    else if (found) ensured.push(found);
  }
  return ensured;
}

const ENDPOINT_ANSWER = '{ endpoint { id name url secret } userErrors { message } }';

function creation({ name, eventTypes, retrySchedule }: CastMember, url: string): Operation {
  return {
    query: `mutation ($input: EndpointCreateInput!) { done: endpointCreate(input: $input) ${ENDPOINT_ANSWER} }`,
    variables: { input: { name, url, eventTypes, ...(retrySchedule && { retrySchedule }) } },
  };
}

function move(id: string, url: string): Operation {
  return {
    query: `mutation ($input: EndpointUpdateInput!) { done: endpointUpdate(input: $input) ${ENDPOINT_ANSWER} }`,
    variables: { input: { id, url } },
  };
}

async function changeEndpoint(tenant: GraphqlCaller, operation: Operation): Promise<DemoEndpoint> {
  const { done } = await tenant.call<{ done: Refusable & { endpoint: DemoEndpoint } }>(operation);
  return succeeded(done).endpoint;
}
