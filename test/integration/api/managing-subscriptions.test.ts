import { LIMITS } from '../../../src/domain/limits';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import { createEndpoint, faultsOf, type Answer } from '../../support/managing';

let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  acme = await makeTenant(server, 'acme');
});
afterAll(() => server.close());

describe('webhook subscriptions', () => {
  const SUBSCRIBE =
    'mutation ($input: WebhookSubscriptionInput!) { answer: webhookSubscriptionCreate(input: $input) { webhookSubscription { id endpoint { id } } userErrors { field code message } } }';

  it('are made, changed and ended', async () => {
    const { id } = await createEndpoint(acme);
    const made = await acme.client.ask<Answer<'webhookSubscription', { id: string }>>(SUBSCRIBE, {
      input: { endpointId: id, eventTypes: ['a.#'] },
    });
    const subscriptionId = made.answer.webhookSubscription?.id;
    const changed = await acme.client.ask(
      `mutation ($id: ID!) { webhookSubscriptionUpdate(input: { id: $id, enabled: false, eventTypes: ["b"] }) {
         webhookSubscription { eventTypes enabled endpoint { id } } userErrors { code } } }`,
      { id: subscriptionId },
    );
    expect(changed).toEqual({
      webhookSubscriptionUpdate: {
        webhookSubscription: { eventTypes: ['b'], enabled: false, endpoint: { id } },
        userErrors: [],
      },
    });
    expect(
      await faultsOf(
        acme,
        'mutation ($input: WebhookSubscriptionUpdateInput!) { answer: webhookSubscriptionUpdate(input: $input) { userErrors { field code } } }',
        { id: subscriptionId, eventTypes: null },
      ),
    ).toEqual([{ field: ['eventTypes'], code: 'REQUIRED' }]);
    await acme.client.ask('mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedId } }', {
      id: subscriptionId,
    });
    expect(
      await acme.client.ask('query ($id: ID!) { webhookSubscription(id: $id) { id } }', {
        id: subscriptionId,
      }),
    ).toEqual({ webhookSubscription: null });
  });

  it('keep their rules, and lose one that is set to null', async () => {
    const { id } = await createEndpoint(acme);
    const rules = {
      version: 2,
      filter: { data: { total: [{ numeric: ['>', 100] }] } },
      transform: '{ "total": data.total }',
      includeFields: ['total'],
    };
    const { answer: made } = await acme.client.ask<Answer<'webhookSubscription', { id: string }>>(SUBSCRIBE, {
      input: { endpointId: id, eventTypes: ['a.#'], ...rules },
    });
    const subscriptionId = made.webhookSubscription?.id;
    const RULES = 'eventTypes version filter transform includeFields';
    const changed = await acme.client.ask(
      `mutation ($id: ID!) { webhookSubscriptionUpdate(input: { id: $id, version: null, includeFields: ["id"] }) {
         webhookSubscription { ${RULES} } userErrors { code } } }`,
      { id: subscriptionId },
    );
    expect(changed).toEqual({
      webhookSubscriptionUpdate: {
        webhookSubscription: { ...rules, eventTypes: ['a.#'], version: null, includeFields: ['id'] },
        userErrors: [],
      },
    });
    const bad = { endpointId: id, eventTypes: ['a'], version: 0, filter: ['x'], transform: ' ' };
    expect(await faultsOf(acme, SUBSCRIBE, bad)).toMatchObject([
      { code: 'INVALID', field: ['version'] },
      { code: 'INVALID', field: ['filter'] },
      { code: 'REQUIRED', field: ['transform'] },
    ]);
  });

  it('are limited for each endpoint', async () => {
    const { id } = await createEndpoint(acme);
    const input = { endpointId: id, eventTypes: ['#'] };
    for (let i = 0; i < LIMITS.subscriptionsPerEndpoint; i++) await acme.client.ask(SUBSCRIBE, { input });
    expect(await faultsOf(acme, SUBSCRIBE, input)).toMatchObject([{ code: 'LIMIT', field: ['endpointId'] }]);
    const tooMany = { endpointId: id, eventTypes: Array.from({ length: 101 }, (_, i) => `t${i}`) };
    expect(await faultsOf(acme, SUBSCRIBE, tooMany)).toMatchObject([
      { code: 'LIMIT', field: ['eventTypes'] },
    ]);
  });
});
