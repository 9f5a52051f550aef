import { newId } from '../../../src/domain/ids';
import { makeDatabase } from '../../../src/store/database';
import { makeReplayStore } from '../../../src/store/replays/replay-store';
import { makeReplayWatching } from '../../../src/watch/watch-replays';
import {
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { byKey, gatherUpdates } from '../../support/delivery-updates';
import { makeGraphqlClient } from '../../support/graphql-client';
import { askForReplay, replayOf, seeReplay } from '../../support/replaying';
import { seedDelivery } from '../../support/seed/seed-deliveries';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';

let server: ApiServer;
let ours: TestTenant;
let endpointId: string;
let subscriptionId: string;
let deliveryId: string;
let otherSubscriptionId: string;

beforeAll(async () => {
  server = await startApiServer({
    watchReplay: (id, signal) =>
      makeReplayWatching({ byIds: (ids) => store().byIds(null, ids), pauseMs: 20 }).watch(id, signal),
  });
  ours = await makeTenant(server, 'ours');
  ({ endpointId, subscriptionId } = await makeEndpoint());
  ({ subscriptionId: otherSubscriptionId } = await makeEndpoint());
  ({ deliveryId } = await seedDelivery(server.database, { tenantId: ours.id, endpointId, subscriptionId }));
});
afterAll(() => server.close());
afterEach(() => server.database.dataSource.query("update replays set status = 'COMPLETED'"));

const store = () => makeReplayStore(makeDatabase(server.database.dataSource));

async function makeEndpoint(): Promise<{ endpointId: string; subscriptionId: string }> {
  const { endpointCreate } = await ours.client.ask<{
    endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
  }>(
    `mutation { endpointCreate(input: { url: "https://a.example/in", eventTypes: ["order.#"] }) {
      endpoint { id subscriptions { id } } userErrors { message } } }`,
  );
  const { id, subscriptions } = endpointCreate.endpoint;
  return { endpointId: id, subscriptionId: subscriptions[0]?.id ?? '' };
}

const tenant = () => ours as unknown as TenantUnderTest;
const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
const faultsOf = async (input: object): Promise<string[]> =>
  (await askForReplay(tenant(), input)).userErrors.map(
    ({ code, field }) => `${code} ${field?.join('.') ?? '-'}`,
  );

describe('replayCreate', () => {
  it('refuses a selection that says nothing, or nothing sensible, with the path to each fault', async () => {
    expect(await faultsOf({})).toEqual(['REQUIRED -']);
    expect(await faultsOf({ endpointId: null })).toEqual(['REQUIRED -']);
    expect(await faultsOf({ deliveryIds: [], status: [], types: [] })).toEqual([
      ...['REQUIRED deliveryIds', 'REQUIRED status', 'REQUIRED types'],
    ]);
    expect(await faultsOf({ types: ['order.placed', 'order.*'] })).toEqual(['INVALID types.1']);
    expect(await faultsOf({ types: Array.from({ length: 101 }, (_, n) => `t${n}`) })).toEqual([
      'LIMIT types',
    ]);
    expect(await faultsOf({ since: inAnHour })).toEqual(['INVALID since']);
    expect(await faultsOf({ since: '2026-01-02T00:00:00Z', until: '2026-01-02T00:00:00Z' })).toEqual([
      'INVALID until',
    ]);
    expect(await faultsOf({ deliveryIds: Array.from({ length: 1001 }, () => deliveryId) })).toEqual([
      'LIMIT deliveryIds',
    ]);
    expect(await faultsOf({ deliveryIds: [deliveryId, newId('delivery'), 'dlv_nonsense'] })).toEqual([
      ...['NOT_FOUND deliveryIds.1', 'NOT_FOUND deliveryIds.2'],
    ]);
    expect(await faultsOf({ endpointId: newId('endpoint') })).toEqual(['NOT_FOUND endpointId']);
    expect(await faultsOf({ endpointId, subscriptionId: otherSubscriptionId })).toEqual([
      'INVALID subscriptionId',
    ]);
    expect(await server.database.dataSource.query('select count(*) n from replays')).toEqual([{ n: '0' }]);
  });

  it('shows the selection as it was understood, and who asked', async () => {
    const { replayCreate } = await ours.client.ask<{ replayCreate: { replay: object } }>(
      `mutation ($input: ReplayInput!) { replayCreate(input: $input) { replay {
        selection { deliveryIds endpointId subscriptionId status types since until } backfills requestedBy total
      } userErrors { message } } }`,
      { input: { subscriptionId, since: '2026-01-01T00:00:00Z', types: ['order.placed', 'order.placed'] } },
    );
    expect(replayCreate.replay).toEqual({
      selection: {
        ...{ deliveryIds: null, endpointId, subscriptionId, status: null, types: ['order.placed'] },
        ...{ since: '2026-01-01T00:00:00.000Z', until: null },
      },
      ...{ backfills: true, requestedBy: ours.keyId, total: 1 },
    });
  });

  it('lets five run at once and no more, a backfill counted', async () => {
    for (let n = 0; n < 5; n++) await replayOf(tenant(), { endpointId });
    expect(await faultsOf({ endpointId })).toEqual(['LIMIT -']);
    const count = async (): Promise<unknown> =>
      server.database.dataSource.query('select count(*) n from webhook_subscriptions');
    const before = await count();
    expect(
      await ours.client.ask(
        `mutation ($input: WebhookSubscriptionInput!) {
          webhookSubscriptionCreate(input: $input) { webhookSubscription { id } userErrors { code field } } }`,
        { input: { endpointId, eventTypes: ['a'], backfillSince: '2026-01-01T00:00:00Z' } },
      ),
    ).toEqual({
      webhookSubscriptionCreate: {
        webhookSubscription: null,
        userErrors: [{ code: 'LIMIT', field: ['backfillSince'] }],
      },
    });
    expect(await count()).toEqual(before);
  });

  it('asks an operator who names nothing of a tenant for the tenant, and takes it from what they name', async () => {
    const operator = server.operator;
    expect(
      (await askForReplay({ client: operator }, { status: ['DEAD_LETTERED'] })).userErrors,
    ).toMatchObject([{ code: 'REQUIRED', field: null }]);
    const { replay } = await askForReplay({ client: operator }, { deliveryIds: [deliveryId] });
    expect(await seeReplay(tenant(), replay?.id ?? '')).toMatchObject({ total: 1 });
  });

  it('needs deliveries:write, and to see a replay deliveries:read', async () => {
    const { plainKey } = await makeKey(server.operator, {
      tenantId: ours.id,
      name: 'r',
      scopes: ['events:read'],
    });
    const client = makeGraphqlClient(server.url, plainKey);
    for (const document of [
      `mutation { replayCreate(input: { endpointId: "${endpointId}" }) { userErrors { code } } }`,
      'mutation { replayCancel(id: "rpl_x") { userErrors { code } } }',
      '{ replays { totalCount } }',
      '{ replay(id: "rpl_x") { id } }',
    ]) {
      expect(await client.codeOf(document)).toBe('FORBIDDEN');
    }
  });
});

describe('webhookSubscriptionCreate', () => {
  it('refuses a backfill from the future', async () => {
    const { webhookSubscriptionCreate } = await ours.client.ask<{ webhookSubscriptionCreate: object }>(
      `mutation ($input: WebhookSubscriptionInput!) {
        webhookSubscriptionCreate(input: $input) { replay { id } userErrors { code field message } } }`,
      { input: { endpointId, eventTypes: ['a'], backfillSince: inAnHour } },
    );
    expect(webhookSubscriptionCreate).toEqual({
      replay: null,
      userErrors: [
        { code: 'INVALID', field: ['backfillSince'], message: 'backfillSince must lie in the past' },
      ],
    });
  });
});

describe('replayCancel', () => {
  const cancel = (id: string) =>
    ours.client.ask(
      'mutation ($id: ID!) { replayCancel(id: $id) { replay { status } userErrors { code field } } }',
      {
        id,
      },
    );

  it('ends a replay that is running, once', async () => {
    const { id } = await replayOf(tenant(), { endpointId });
    expect(await cancel(id)).toEqual({ replayCancel: { replay: { status: 'CANCELLED' }, userErrors: [] } });
    expect(await cancel(id)).toEqual({
      replayCancel: { replay: null, userErrors: [{ code: 'CONFLICT', field: ['id'] }] },
    });
    expect((await seeReplay(tenant(), id)).finishedAt).not.toBeNull();
  });
});

describe('replays', () => {
  it('are listed newest first, and found by node', async () => {
    const one = await replayOf(tenant(), { endpointId });
    const two = await replayOf(tenant(), { endpointId });
    const { replays, node } = await ours.client.ask<{ replays: { nodes: object[] }; node: object }>(
      `query ($id: ID!) { replays(first: 2) { nodes { id } } node(id: $id) { id __typename } }`,
      { id: one.id },
    );
    expect(replays.nodes).toEqual([{ id: two.id }, { id: one.id }]);
    expect(node).toEqual({ id: one.id, __typename: 'Replay' });
  });
});

describe('replayProgress', () => {
  const query = 'subscription ($id: ID!) { replayProgress(replayId: $id) { status done total } }';
  const watch = (id: string, key = ours.key) => gatherUpdates(server.url, byKey(key), { id }, query);

  it('tells of the replay as it is and as it goes on, until it has ended', async () => {
    const { id } = await replayOf(tenant(), { endpointId });
    const { seen, errors, client } = watch(id);
    await waitUntil(() => seen.length === 1);
    await server.database.dataSource.query('update replays set done = 1');
    await waitUntil(() => seen.length === 2);
    await server.database.dataSource.query("update replays set status = 'COMPLETED', total = 1");
    await waitUntil(() => seen.length === 3);
    expect(seen).toEqual([
      { replayProgress: { status: 'RUNNING', done: 0, total: 1 } },
      { replayProgress: { status: 'RUNNING', done: 1, total: 1 } },
      { replayProgress: { status: 'COMPLETED', done: 1, total: 1 } },
    ]);
    expect(errors).toEqual([]);
    await client.dispose();
  });

  it('says the same of another tenant’s replay as of none', async () => {
    const theirs = await makeTenant(server, 'theirs');
    const { id } = await replayOf(tenant(), { endpointId });
    const answers = [];
    for (const asked of [id, newId('replay'), 'nonsense']) {
      const { errors, seen, client } = watch(asked, theirs.key);
      await waitUntil(() => errors.length === 1);
      expect(seen).toEqual([]);
      answers.push(JSON.stringify(errors[0]));
      await client.dispose();
    }
    expect(answers[0]).toContain('There is no replay with this id.');
    expect(new Set(answers).size).toBe(1);
  });
});
