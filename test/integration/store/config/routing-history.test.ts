import type { DataSource, EntityManager } from 'typeorm';
import { idBytes, newId } from '../../../../src/domain/ids';
import { makeKeyRing } from '../../../../src/runtime/key-ring';
import { makeDatabase, type Database } from '../../../../src/store/database';
import { RoutingHistory1790000200000 } from '../../../../src/store/migrations/1790000200000-routing-history';
import { makeEndpointStore } from '../../../../src/store/settings/endpoint-store';
import { readRoutingHistory } from '../../../../src/store/config/routing-history';
import { makeSubscriptionStore } from '../../../../src/store/settings/subscription-store';
import { makeTenantConfigs } from '../../../../src/store/config/tenant-configs';
import { makeTenantStore } from '../../../../src/store/settings/tenant-store';
import { atOnce } from '../../../../src/domain/pieces';
import { everyEventOf } from '../../../../src/domain/settings';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';
import { makeTurnTaking } from '../../../../src/runtime/turn-taking';

const keyRing = makeKeyRing([`test:${Buffer.alloc(32, 7).toString('base64')}`]);
let test: TestDatabase;
let database: Database;
let tenantId: string;
let endpointId: string;

beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
  tenantId =
    (
      await makeTenantStore(database).create(
        { slug: 'acme', name: 'Acme', scopes: [], allowedNetworks: [] },
        new Date(),
      )
    )?.id ?? '';
  const endpoint = {
    ...{
      tenantId,
      name: 'one',
      url: 'https://a.example',
      description: '',
      payloadFormat: 'STANDARD' as const,
    },
    ...{
      headers: {},
      credentials: null,
      rateLimitPerSecond: null,
      maxInFlight: null,
      ordered: false,
      timeoutMs: 5000,
      retrySchedule: null,
      signatureScheme: 'HMAC_SHA256' as const,
    },
  };
  const made = await makeEndpointStore(database, keyRing).create(
    { endpoint, secret: 'whsec_x', eventTypes: ['before.#'] },
    new Date(),
  );
  endpointId = made?.value ?? '';
}, 60_000);
afterAll(() => test.drop());

async function seedEvent(configVersion: number | null): Promise<string> {
  const id = newId('event');
  const at = new Date();
  await database.write(
    `insert into events (id, tenant_id, type, version, data, occurred_at, received_at, config_version) values ?`,
    [[[idBytes('event', id), idBytes('tenant', tenantId), 'before.all', 1, '{}', at, at, configVersion]]],
  );
  return id;
}

it('begins with what is there when it is introduced, and judges what came before by it', async () => {
  const migration = new RoutingHistory1790000200000();
  const runner = test.dataSource.createQueryRunner();
  await migration.down(runner);
  await migration.up(runner);
  await runner.release();
  const old = await seedEvent(null);
  const early = await seedEvent(1);
  for (const [, facts] of await readRoutingHistory(database, null, [old, early])) {
    expect(facts).toMatchObject({
      endpoints: [
        {
          id: endpointId,
          state: { status: 'ACTIVE', deleted: false },
          subscriptions: [{ state: { eventTypes: ['before.#'], enabled: true, filter: null } }],
        },
      ],
    });
  }
});

it('has, for the version that a cache says it is at, exactly what the cache holds, when settings change under it', async () => {
  const subscriptions = makeSubscriptionStore(database);
  const added = await subscriptions.create(tenantId, endpointId, everyEventOf(['first']), new Date());
  const id = added?.value.kind === 'created' ? added.value.id : '';
  const changeOnce = jest.fn(() =>
    subscriptions.update(tenantId, id, { eventTypes: ['second'] }, new Date()),
  );
  // Once the cache has read its version, and before it reads the rows, somebody changes them.
  const source = Object.create(test.dataSource) as DataSource;
  const transaction = (isolation: 'REPEATABLE READ', work: (manager: EntityManager) => Promise<unknown>) =>
    test.dataSource.transaction(isolation, (manager) => {
      const query = manager.query.bind(manager);
      const changing = async (sql: string, parameters: unknown[]): Promise<unknown> => {
        const rows: unknown = await query(sql, parameters);
        if (changeOnce.mock.calls.length === 0) await changeOnce();
        return rows;
      };
      return work(Object.assign(manager, { query: changing }));
    });
  const configs = makeTenantConfigs(
    { ...database, source: Object.assign(source, { transaction }) },
    keyRing,
    makeTurnTaking(),
    () => undefined,
  );
  const typesAt = async (version: number): Promise<readonly string[] | undefined> => {
    const eventId = await seedEvent(version);
    const facts = (await readRoutingHistory(database, tenantId, [eventId])).get(eventId);
    if (facts === 'too-much') throw new Error('too much');
    return facts?.endpoints[0]?.subscriptions.find((one) => one.id === id)?.state?.eventTypes;
  };

  const config = await configs.find(tenantId);
  expect(changeOnce).toHaveBeenCalledTimes(1);
  const held = config?.subscriptions.get(id)?.eventTypes;
  expect(held).toEqual(['first']);
  expect(await typesAt(config?.version ?? 0)).toEqual(held);
  expect(await typesAt((config?.version ?? 0) + 1)).toEqual(['second']);
});

it('does not change while an event is being matched, so that the event has one version to be explained by', async () => {
  const subscriptions = makeSubscriptionStore(database);
  const added = await subscriptions.create(tenantId, endpointId, everyEventOf(['slow']), new Date());
  const id = added?.value.kind === 'created' ? added.value.id : '';
  // It is looked at for longer than a piece.
  const filter = {
    data: [{ 'anything-but': Array.from({ length: 400 }, (_, n) => `a${n}`) }],
    type: ['slow'],
  };
  await subscriptions.update(tenantId, id, { filter }, new Date());
  const configs = makeTenantConfigs(database, keyRing, makeTurnTaking(), () => undefined);
  const config = await configs.find(tenantId);
  const event = { type: 'slow', data: Array.from({ length: 500 }, (_, n) => `a${n < 499 ? n % 400 : 'z'}`) };
  const matching = config?.subscribersOf('slow', () => event);
  expect(matching?.next().done).toBe(false);

  const update = await subscriptions.update(tenantId, id, { eventTypes: ['other'] }, new Date());
  const changed = jest.fn();
  const catchingUp = Promise.resolve(configs.find(tenantId, update?.version)).then(changed);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(changed).not.toHaveBeenCalled();
  expect(config?.subscriptions.get(id)?.eventTypes).toEqual(['slow']);
  // One that comes meanwhile begins after the change, which would else never be the only one's turn.
  const later = config?.subscribersOf('slow', () => event);
  expect(later?.next().done).toBe(false);
  if (matching) expect(atOnce(matching).found.map((one) => one.id)).toEqual([id]);
  await catchingUp;
  if (later) expect(atOnce(later).found).toEqual([]);
  expect(config?.subscriptions.get(id)?.eventTypes).toEqual(['other']);
});
