import { done } from '../../../src/domain/errors';
import type { ApiStages } from '../../../src/api/dependencies';
import { newId } from '../../../src/domain/ids';
import { seedDelivery } from '../../support/seed/seed-deliveries';
import {
  OPERATOR_KEY,
  TENANT_SCOPES,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { makeGraphqlClient, type GraphqlClient } from '../../support/graphql-client';

/** What publishes, and what a tunnel answers, has a record of its own: events and attempts. */
const NOT_AUDITED = ['eventPublish', 'eventsPublish', 'tunnelAnswer'];

let server: ApiServer;
let acme: TestTenant;
let operator: GraphqlClient;
/** Ids of what was made, by the names that the steps give them. */
const made: Record<string, string> = {};

/** A delivery as the stages answer it; the audit log reads its id and whose it is. */
const asDelivery: ApiStages['retryDelivery'] = (tenantId, id) =>
  Promise.resolve(done({ id, tenantId } as never));

beforeAll(async () => {
  server = await startApiServer({
    retryDelivery: asDelivery,
    cancelDelivery: asDelivery,
    publishEvents: () => Promise.resolve(done([{ eventId: newId('event'), duplicate: false }])),
    sendTest: () =>
      Promise.resolve({ number: 1, at: new Date(), durationMs: 3, requestHeaders: {}, requestBody: null }),
  });
  acme = await makeTenant(server, 'acme', [...TENANT_SCOPES, 'sources:write', 'catalog:write', 'audit:read']);
  operator = makeGraphqlClient(server.url, OPERATOR_KEY);
});
afterAll(() => server.close());

interface Step {
  mutation: string;
  /** The argument, as GraphQL; `$name` is the id that a step before has made. */
  argument: string;
  /** The field of the answer with the object, and what its id is called from then on. */
  gives?: [field: string, name: string];
  /** Tenants are the operator's. */
  isOperators?: true;
}

/** Each mutation once, in an order in which each finds what it is about. */
const STEPS: readonly Step[] = [
  {
    mutation: 'tenantCreate',
    argument: 'input: { slug: "short-lived", name: "x" }',
    gives: ['tenant', 'tenant'],
    isOperators: true,
  },
  { mutation: 'tenantUpdate', argument: 'input: { id: "$tenant", name: "y" }', isOperators: true },
  { mutation: 'tenantDelete', argument: 'id: "$tenant"', isOperators: true },
  {
    mutation: 'apiKeyCreate',
    argument: 'input: { name: "x", scopes: ["events:read"] }',
    gives: ['apiKey', 'key'],
  },
  { mutation: 'apiKeyRevoke', argument: 'id: "$key"' },
  { mutation: 'portalSessionCreate', argument: 'input: { tenantId: "$acme" }' },
  {
    mutation: 'endpointCreate',
    argument: 'input: { url: "https://a.example" }',
    gives: ['endpoint', 'endpoint'],
  },
  { mutation: 'endpointUpdate', argument: 'input: { id: "$endpoint", name: "x" }' },
  { mutation: 'endpointSecretRotate', argument: 'input: { id: "$endpoint" }' },
  { mutation: 'endpointTest', argument: 'input: { id: "$endpoint" }' },
  { mutation: 'endpointPause', argument: 'id: "$endpoint"' },
  { mutation: 'endpointResume', argument: 'input: { id: "$endpoint" }' },
  {
    mutation: 'webhookSubscriptionCreate',
    argument: 'input: { endpointId: "$endpoint", eventTypes: ["#"] }',
    gives: ['webhookSubscription', 'subscription'],
  },
  { mutation: 'webhookSubscriptionUpdate', argument: 'input: { id: "$subscription", enabled: false }' },
  {
    mutation: 'replayCreate',
    argument: 'input: { endpointId: "$endpoint" }',
    gives: ['replay', 'replay'],
  },
  { mutation: 'replayCancel', argument: 'id: "$replay"' },
  { mutation: 'deliveryRetry', argument: 'id: "$delivery"' },
  { mutation: 'deliveryCancel', argument: 'id: "$delivery"' },
  { mutation: 'webhookSubscriptionDelete', argument: 'id: "$subscription"' },
  { mutation: 'endpointDelete', argument: 'id: "$endpoint"' },
  { mutation: 'eventTypeUpsert', argument: 'input: { name: "a.b" }', gives: ['eventType', 'eventType'] },
  { mutation: 'eventTypeArchive', argument: 'id: "$eventType"' },
  {
    mutation: 'sourceCreate',
    argument: 'input: { name: "x", provider: GITHUB, signingSecret: "long enough" }',
    gives: ['source', 'source'],
  },
  { mutation: 'sourceUpdate', argument: 'input: { id: "$source", enabled: false }' },
  { mutation: 'sourceSecretRotate', argument: 'input: { id: "$source", signingSecret: "their next" }' },
  { mutation: 'sourceDelete', argument: 'id: "$source"' },
  { mutation: 'inspectorCreate', argument: 'input: {}', gives: ['inspector', 'inspector'] },
  { mutation: 'inspectorUpdate', argument: 'input: { id: "$inspector", status: 500 }' },
  { mutation: 'inspectorDelete', argument: 'id: "$inspector"' },
  { mutation: 'tunnelOpen', argument: 'input: { eventTypes: ["#"] }' },
  { mutation: 'eventPublish', argument: 'input: { type: "a.b", data: 1 }' },
  { mutation: 'eventsPublish', argument: 'input: { events: [{ type: "a.b", data: 1 }] }' },
];

async function run({ mutation, argument, gives, isOperators }: Step): Promise<void> {
  const filled = argument.replaceAll(/\$(\w+)/g, (_, name: string) => made[name] ?? `no ${name}`);
  const selected = gives ? `${gives[0]} { id }` : '';
  const { answer } = await (isOperators ? operator : acme.client).ask<{
    answer: { userErrors: unknown[] } & Record<string, { id: string }>;
  }>(`mutation { answer: ${mutation}(${filled}) { ${selected} userErrors { field code message } } }`);
  expect(answer.userErrors).toEqual([]);
  if (gives) made[gives[1]] = answer[gives[0]]?.id ?? '';
}

const rows = (): Promise<{ action: string; ok: number; object_id: string | null }[]> =>
  server.database.dataSource.query('select * from audit_entries order by id');

it('every mutation that there is leaves one entry, and none changes or takes away another', async () => {
  made.acme = acme.id;
  for (const step of STEPS) {
    const before = await rows();
    await run(step);
    const after = await rows();
    expect(after.slice(0, before.length)).toEqual(before);
    const added = after.slice(before.length).map(({ action, ok }) => ({ action, ok }));
    expect(added).toEqual(NOT_AUDITED.includes(step.mutation) ? [] : [{ action: step.mutation, ok: 1 }]);
    if (step.mutation === 'webhookSubscriptionCreate') {
      const seed = {
        tenantId: acme.id,
        endpointId: made.endpoint ?? '',
        subscriptionId: made.subscription ?? '',
      };
      made.delivery = (await seedDelivery(server.database, seed)).deliveryId;
    }
  }
}, 60_000);

it('and each of them was tried', async () => {
  const { __type } = await operator.ask<{ __type: { fields: { name: string }[] } }>(
    '{ __type(name: "Mutation") { fields { name } } }',
  );
  const tried = STEPS.map(({ mutation }) => mutation);
  // A tunnel that is open answers as test/e2e/listen.test.ts shows; here nobody listens to one.
  expect([...tried, 'tunnelAnswer'].sort()).toEqual(__type.fields.map(({ name }) => name).sort());
});
