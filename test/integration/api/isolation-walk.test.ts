import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
} from 'graphql';
import { refused } from '../../../src/domain/errors';
import { newId, type IdKind } from '../../../src/domain/ids';
import {
  OPERATOR_KEY,
  TENANT_SCOPES,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { saveEventType } from '../../support/event-types';
import { makeGraphqlClient, makeSocketClient } from '../../support/graphql-client';
import { seedDelivery } from '../../support/seed/seed-deliveries';
import { collectStatements } from '../../support/collect-statements';

/**
 * Walks the schema: every argument that takes an id or a cursor, of every query, mutation and subscription, is given what
 * belongs to another tenant, of every kind there is. A field that is added tomorrow is walked tomorrow.
 */
const schema = buildSchema(readFileSync(join(__dirname, '../../../schema.graphql'), 'utf8'));

type Root = 'Query' | 'Mutation' | 'Subscription';
interface Place {
  root: Root;
  field: GraphQLField<unknown, unknown>;
  /** Argument and input fields down to the one that takes the id. */
  path: string[];
  takes: 'ID' | 'Cursor';
}

function placesBelow(
  input: GraphQLArgument | GraphQLInputField,
  path: string[],
): { path: string[]; takes: 'ID' | 'Cursor' }[] {
  const type = getNamedType(input.type);
  if (type.name === 'ID' || type.name === 'Cursor') return [{ path, takes: type.name }];
  if (!isInputObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => placesBelow(field, [...path, field.name]));
}

const PLACES: Place[] = (['Query', 'Mutation', 'Subscription'] as const).flatMap((root) => {
  const type = schema.getType(root);
  if (!isObjectType(type)) throw new Error(`there is no ${root}`);
  return Object.values(type.getFields()).flatMap((field) =>
    field.args.flatMap((argument) =>
      placesBelow(argument, [argument.name]).map((place) => ({ root, field, ...place })),
    ),
  );
});

const DATES: Record<string, string> = { since: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' };

/** A value that passes the checks of its field, so that the id is what decides. */
function sampleOf(name: string, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sampleOf(name, type.ofType);
  if (isListType(type)) return [sampleOf(name, type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) return withRequired(Object.values(type.getFields()));
  if (name === 'url') return 'https://b.example/in';
  if (name === 'eventTypes') return '#';
  if (name === 'signingSecret') return 'long enough';
  if (name === 'scopes') return 'events:read';
  return (
    { ID: own.endpointId, Int: 1, Boolean: false, JSON: {}, DateTime: DATES[name] }[type.name] ?? 'sample'
  );
}

/** What must be given, and `until`, which would else be now. */
function withRequired(inputs: readonly (GraphQLArgument | GraphQLInputField)[]): Record<string, unknown> {
  return Object.fromEntries(
    inputs
      .filter(
        ({ name, type, defaultValue }) =>
          name === 'until' || (isNonNullType(type) && defaultValue === undefined),
      )
      .map(({ name, type }) => [name, sampleOf(name, type)]),
  );
}

/** The scalars of what a field gives, two levels down: enough to show whatever it may not show. */
function selectionOf(field: GraphQLField<unknown, unknown>, levels: number): string {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) return isScalarType(type) || isEnumType(type) ? '' : '{ __typename }';
  const parts = Object.values(type.getFields()).flatMap((below) => {
    if (below.args.some(({ type: argument }) => isNonNullType(argument))) return [];
    const named = getNamedType(below.type);
    if (isScalarType(named) || isEnumType(named)) return [below.name];
    return levels > 0 && isObjectType(named) ? [`${below.name} ${selectionOf(below, levels - 1)}`] : [];
  });
  return `{ __typename ${parts.join(' ')} }`;
}

function requestFor({ root, field, path, takes }: Place, id: string): { query: string; variables: object } {
  const variables = withRequired(field.args);
  const [argument = '', ...below] = path;
  let type: GraphQLInputType | undefined = field.args.find(({ name }) => name === argument)?.type;
  let holder = variables;
  let name = argument;
  for (const next of below) {
    holder[name] ??= {};
    holder = holder[name] as Record<string, unknown>;
    const named = type && getNamedType(type);
    type = isInputObjectType(named) ? named.getFields()[next]?.type : undefined;
    name = next;
  }
  const isList = type !== undefined && isListType(isNonNullType(type) ? type.ofType : type);
  holder[name] = isList ? [id] : id;
  if (takes === 'Cursor' && 'first' in Object.fromEntries(field.args.map((arg) => [arg.name, 1])))
    variables[path[0] === 'before' ? 'last' : 'first'] = 10;
  const used = field.args.filter((arg) => arg.name in variables);
  const declared = used.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const passed = used.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  return {
    query: `${root.toLowerCase()} (${declared}) { answer: ${field.name}(${passed}) ${selectionOf(field, 1)} }`,
    variables,
  };
}

/** A watch that has nothing to show, and ends. */
function nothingToWatch(): AsyncIterable<never[]> {
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  };
}

let server: ApiServer;
let ours: TestTenant;
let theirs: TestTenant;
/** What the walker has of its own, for arguments beside the one under test. */
let own: { endpointId: string };
let foreign: Partial<Record<IdKind, string>>;
let foreignCursors: string[];
/** Whose changes were watched. */
const watched: (string | null)[] = [];

beforeAll(async () => {
  // The stages behind the database know no delivery of ours; a watch is theirs to bound, by the tenant that it is given.
  const absent = () => Promise.resolve(refused('NOT_FOUND', 'There is no delivery with this id.', ['id']));
  const watch = (request: { tenantId: string | null }) => {
    watched.push(request.tenantId);
    return nothingToWatch();
  };
  server = await startApiServer({
    ...{ retryDelivery: absent, cancelDelivery: absent },
    ...{ watchDeliveries: watch, watchEndpoints: watch },
  });
  const scopes = [...TENANT_SCOPES, 'catalog:write', 'audit:read', 'endpoints:secret', 'sources:write'];
  [ours, theirs] = [await makeTenant(server, 'ours', scopes), await makeTenant(server, 'theirs', scopes)];
  own = { endpointId: (await createEndpoint(ours)).id };
  const endpoint = await createEndpoint(theirs);
  const subscriptionId = endpoint.subscriptions[0]?.id ?? '';
  const keeper = makeGraphqlClient(server.url, OPERATOR_KEY, { 'warren-tenant': 'theirs' });
  const eventType = (await saveEventType(keeper, { name: 'their.type', schema: { type: 'object' } })).id;
  const seeded = await seedDelivery(server.database, {
    tenantId: theirs.id,
    endpointId: endpoint.id,
    subscriptionId,
  });
  const { replayCreate } = await theirs.client.ask<{ replayCreate: { replay: { id: string } } }>(
    'mutation ($id: ID!) { replayCreate(input: { endpointId: $id }) { replay { id } userErrors { message } } }',
    { id: endpoint.id },
  );
  const { sourceCreate } = await theirs.client.ask<{ sourceCreate: { source: { id: string } } }>(
    `mutation { sourceCreate(input: { name: "x", provider: GITHUB, signingSecret: "long enough" }) {
        source { id } userErrors { message } } }`,
  );
  const { inspectorCreate } = await theirs.client.ask<{ inspectorCreate: { inspector: { id: string } } }>(
    'mutation { inspectorCreate(input: {}) { inspector { id } userErrors { message } } }',
  );
  foreign = {
    tenant: theirs.id,
    apiKey: theirs.keyId,
    endpoint: endpoint.id,
    subscription: subscriptionId,
    event: seeded.eventId,
    delivery: seeded.deliveryId,
    eventType,
    replay: replayCreate.replay.id,
    source: sourceCreate.source.id,
    inspector: inspectorCreate.inspector.id,
  };
  const lists = [
    'endpoints',
    'webhookSubscriptions',
    'events',
    'deliveries',
    'eventTypes',
    'replays',
    'sourcesConnection',
    'inspectors',
    'auditLog',
    'tenants',
  ];
  const pages = await theirs.client.ask<Record<string, { pageInfo: { endCursor: string | null } }>>(
    `{ ${lists.map((list) => `${list}(first: 1) { pageInfo { endCursor } }`).join(' ')} }`,
  );
  foreignCursors = Object.values(pages).flatMap(({ pageInfo: { endCursor } }) => endCursor ?? []);
});
afterAll(() => server.close());

async function createEndpoint({
  client,
}: TestTenant): Promise<{ id: string; subscriptions: { id: string }[] }> {
  const { endpointCreate } = await client.ask<{
    endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
  }>(`mutation { endpointCreate(input: { url: "https://a.example/in", eventTypes: ["#"] }) {
        endpoint { id subscriptions { id } } userErrors { message } } }`);
  return endpointCreate.endpoint;
}

/** The answer to a request, or what a subscription says first, as text; its own id reads as `ID`. */
async function answerTo(place: Place, id: string): Promise<string> {
  const request = requestFor(place, id);
  const answer =
    place.root === 'Subscription'
      ? await firstOf(request)
      : await ours.client.send(request.query, request.variables);
  return JSON.stringify(answer).replaceAll(id, 'ID');
}

/** Each of them ends or is refused; this is for one that would not, and long enough for a machine that is busy. */
const MOMENT_MS = 5000;

async function firstOf(request: { query: string; variables: object }): Promise<unknown> {
  const client = makeSocketClient(server.url, { authorization: `Bearer ${ours.key}` });
  try {
    return await new Promise((resolve) => {
      setTimeout(() => resolve('silence'), MOMENT_MS);
      client.subscribe(request as { query: string; variables: Record<string, unknown> }, {
        next: resolve,
        error: resolve,
        complete: () => resolve('complete'),
      });
    });
  } finally {
    await client.dispose();
  }
}

const idPlaces = PLACES.filter(({ takes }) => takes === 'ID');
const nameOf = ({ root, field, path }: Place): string => `${root}.${field.name}(${path.join('.')})`;

it('has more than thirty places to walk, and something of theirs of every kind that has a node', () => {
  expect(idPlaces.length).toBeGreaterThan(30);
  const nodes = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);
  expect(nodes.length).toBeLessThanOrEqual(Object.keys(foreign).length);
  expect(Object.values(foreign).every((id) => id !== '')).toBe(true);
});

it.each(idPlaces.map((place) => [nameOf(place), place] as const))(
  '%s answers for what belongs to another tenant as for what does not exist',
  async (_, place) => {
    const kinds = Object.entries(foreign) as [IdKind, string][];
    const answers = await Promise.all(
      kinds.map(async ([kind, id]) => ({
        kind,
        foreign: await answerTo(place, id),
        absent: await answerTo(place, newId(kind)),
      })),
    );
    for (const answer of answers) {
      expect(answer.foreign).toBe(answer.absent);
      for (const id of Object.values(foreign)) expect(answer.foreign).not.toContain(id);
      expect(answer.foreign).not.toContain('GRAPHQL_VALIDATION_FAILED');
      expect(answer.foreign).not.toContain('INTERNAL_SERVER_ERROR');
    }
  },
);

/** Of looking at the key, which is remembered for a second. */
const isOfKeys = (statement: string): boolean => /update `?api_keys|`?hash`? = /i.test(statement);

const withoutValues = (statement: string): string =>
  statement.replaceAll(/x'[0-9a-f]+'|'[a-z]+_[0-9a-z]{26}'|'20\d\d-[^']+'/gi, '?');

/** The time that an answer takes is the time of what is asked of the database. */
it('asks the database the same for what belongs to another tenant as for what does not exist', async () => {
  const statementsFor = async (place: Place, id: string): Promise<string[]> =>
    (await collectStatements(() => answerTo(place, id)))
      .filter((statement) => !isOfKeys(statement))
      .map(withoutValues);
  const differ: string[] = [];
  for (const place of idPlaces.filter(({ root }) => root !== 'Subscription'))
    for (const [kind, id] of Object.entries(foreign) as [IdKind, string][]) {
      const theirs = await statementsFor(place, id);
      const absent = await statementsFor(place, newId(kind));
      if (theirs.join() !== absent.join())
        differ.push(`${nameOf(place)}: ${kind}\n  ${theirs.join('\n  ')}\n --\n  ${absent.join('\n  ')}`);
    }
  expect(differ).toEqual([]);
}, 120_000);

it.each(PLACES.filter(({ takes }) => takes === 'Cursor').map((place) => [nameOf(place), place] as const))(
  '%s shows nothing of theirs for a cursor of theirs',
  async (_, place) => {
    for (const cursor of foreignCursors) {
      const answer = await answerTo(place, cursor);
      for (const id of Object.values(foreign)) expect(answer).not.toContain(id);
      expect(answer).not.toContain('GRAPHQL_VALIDATION_FAILED');
    }
  },
);

it('has let nobody watch but for the own tenant', () => {
  expect(watched.length).toBeGreaterThan(0);
  expect(new Set(watched)).toEqual(new Set([ours.id]));
});
