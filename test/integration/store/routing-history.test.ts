import { idBytes, newId } from '../../../src/domain/ids';
import { makeKeyRing } from '../../../src/runtime/key-ring';
import { makeDatabase, type Database } from '../../../src/store/database';
import { RoutingHistory1790000200000 } from '../../../src/store/migrations/1790000200000-routing-history';
import { makeEndpointStore } from '../../../src/store/endpoint-store';
import { readRoutingHistory } from '../../../src/store/routing-history';
import { makeSubscriptionStore } from '../../../src/store/subscription-store';
import { makeTenantConfigs } from '../../../src/store/tenant-configs';
import { makeTenantStore } from '../../../src/store/tenant-store';
import { everyEventOf } from '../../../src/domain/settings';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';
import { waitUntil } from '../../support/wait-until';

const keyRing = makeKeyRing([`test:${Buffer.alloc(32, 7).toString('base64')}`]);
let test: TestDatabase;
let database: Database;
let tenantId: string;
let endpointId: string;

beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
  tenantId =
    (await makeTenantStore(database).create({ slug: 'acme', name: 'Acme', scopes: [] }, new Date()))?.id ??
    '';
  const endpoint = {
    ...{
      tenantId,
      name: 'one',
      url: 'https://a.example',
      description: '',
      payloadFormat: 'STANDARD' as const,
    },
    ...{ headers: {}, timeoutMs: 5000, retrySchedule: null, signatureScheme: 'HMAC_SHA256' as const },
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

it('has, for every version that a cache may say, exactly what that cache holds, while settings change under it', async () => {
  const configs = makeTenantConfigs(database, keyRing, () => undefined);
  const subscriptions = makeSubscriptionStore(database);
  const added = await subscriptions.create(tenantId, endpointId, everyEventOf(['v.0']), new Date());
  const id = added?.value.kind === 'created' ? added.value.id : '';
  let done = false;
  const changing = (async () => {
    for (let n = 1; n <= 60; n++) {
      const change = await subscriptions.update(tenantId, id, { eventTypes: [`v.${n}`] }, new Date());
      configs.noteVersion(tenantId, change?.version ?? 0);
    }
    done = true;
  })();
  const held = new Map<number, string>();
  await waitUntil(async () => {
    const config = await configs.find(tenantId);
    held.set(config?.version ?? 0, config?.subscriptions.get(id)?.eventTypes[0] ?? '');
    return done;
  }, 30_000);
  await changing;
  expect(held.size).toBeGreaterThan(5);
  for (const [version, eventType] of held) {
    const eventId = await seedEvent(version);
    const facts = (await readRoutingHistory(database, tenantId, [eventId])).get(eventId);
    const kept =
      facts === 'too-much' ? undefined : facts?.endpoints[0]?.subscriptions.find((one) => one.id === id);
    expect([version, kept?.state?.eventTypes[0]]).toEqual([version, eventType]);
  }
}, 60_000);
