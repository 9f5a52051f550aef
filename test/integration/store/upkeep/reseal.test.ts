import { idBytes } from '../../../../src/domain/ids';
import { makeKeyRing, type KeyRing } from '../../../../src/runtime/key-ring';
import { makeDatabase, type Database } from '../../../../src/store/database';
import { makeEndpointStore } from '../../../../src/store/settings/endpoint-store';
import { resealAll } from '../../../../src/store/upkeep/reseal';
import { makeInspectorStore } from '../../../../src/store/settings/inspector-store';
import { makeSourceStore } from '../../../../src/store/settings/source-store';
import { makeTenantStore } from '../../../../src/store/settings/tenant-store';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';

const OLD = `old:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW = `new:${Buffer.alloc(32, 2).toString('base64')}`;
const oldRing = makeKeyRing([OLD]);
const newRing = makeKeyRing([NEW]);
/** More than one batch of each table. */
const ENDPOINTS = 210;

let testDatabase: TestDatabase;
let database: Database;
let tenantId: string;
let ids: string[];

beforeAll(async () => {
  testDatabase = await makeTestDatabase();
  database = makeDatabase(testDatabase.dataSource);
  tenantId =
    (
      await makeTenantStore(database).create(
        { slug: 'acme', name: 'Acme', scopes: [], allowedNetworks: [] },
        new Date(),
      )
    )?.id ?? '';
  ids = [];
  for (let n = 0; n < ENDPOINTS; n++) ids.push(await createEndpoint(oldRing, n));
});
afterAll(() => testDatabase.drop());

async function createEndpoint(keyRing: KeyRing, n: number): Promise<string> {
  const endpoint = {
    ...{
      tenantId,
      name: `e${n}`,
      url: 'https://a.example/',
      description: '',
      payloadFormat: 'STANDARD' as const,
    },
    ...{ headers: n % 2 === 0 ? { 'x-team': `team-${n}` } : {}, timeoutMs: 1000, retrySchedule: null },
    credentials: n % 2 === 0 ? { type: 'bearer', token: `token-${n}` } : null,
    ...{
      signatureScheme: 'HMAC_SHA256' as const,
      rateLimitPerSecond: null,
      maxInFlight: null,
      ordered: false,
    },
  };
  const made = await makeEndpointStore(database, keyRing).create(
    { endpoint, secret: `whsec_${n}` },
    new Date(),
  );
  return made?.value ?? '';
}

it('seals every secret, header and credential again with the newest key, so that the old one may go', async () => {
  const source = { tenantId, name: 'Code', provider: 'GITHUB' as const, eventTypePrefix: 'github' };
  const { id: sourceId } = await makeSourceStore(database, oldRing).create(source, 'theirs', new Date());
  const answer = { status: 200, delayMs: 0, body: '', failuresLeft: 0 };
  const inspector = { tenantId, name: 'i', token: 'ab'.repeat(20), secret: 'whsec_pasted', answer };
  await makeInspectorStore(database, oldRing).create({
    ...inspector,
    expiresAt: new Date(Date.now() + 60_000),
  });
  const both = makeKeyRing([NEW, OLD]);
  expect(await resealAll(database, both)).toBe(2 * ENDPOINTS + 2);
  expect(await resealAll(database, both)).toBe(0);

  const store = makeEndpointStore(database, newRing);
  const secrets = await store.secretsOf(tenantId, ids, new Date());
  expect(ids.map((id) => secrets.get(id)?.[0]?.value)).toEqual(ids.map((_, n) => `whsec_${n}`));
  const [settings] = await makeSourceStore(database, newRing).settingsOf([sourceId], new Date());
  expect(settings?.secrets).toEqual(['theirs']);
  const inspecting = await makeInspectorStore(database, newRing).settingsOf(inspector.token);
  expect(inspecting?.secret).toBe('whsec_pasted');
  const headers = (await store.byIds(tenantId, ids)).map((endpoint) => endpoint.headers);
  expect(headers.filter((one) => 'x-team' in one)).toHaveLength(ENDPOINTS / 2);
  const first = await store.settingsOf(tenantId, ids[0] ?? '', new Date());
  expect(first?.credentials).toEqual({ type: 'bearer', token: 'token-0' });
});

it('leaves alone what changed under it', async () => {
  const id = await createEndpoint(oldRing, 1);
  const key = idBytes('endpoint', id);
  let rotations = 0;
  const racing: Database = {
    ...database,
    async rows<Row>(sql: string, parameters?: unknown[]) {
      const rows = await database.rows<Row>(sql, parameters);
      const isRead = sql.includes('endpoint_secrets') && JSON.stringify(rows).includes(JSON.stringify(key));
      // Somebody rotates between the look and the write.
      if (isRead && ++rotations === 1) {
        await database.write('update endpoint_secrets set sealed = ? where endpoint_id = ?', [
          newRing.seal('whsec_rotated', `${tenantId}/${id}/secret`),
          key,
        ]);
      }
      return rows;
    },
  };
  expect(await resealAll(racing, makeKeyRing([NEW, OLD]))).toBe(0);
  expect(rotations).toBe(1);
  const secrets = await makeEndpointStore(database, newRing).secretsOf(tenantId, [id], new Date());
  expect(secrets.get(id)?.[0]?.value).toBe('whsec_rotated');
});

it('stops at a value whose key the ring does not have, and says which', async () => {
  await createEndpoint(makeKeyRing([`lost:${Buffer.alloc(32, 3).toString('base64')}`]), 1);
  await expect(resealAll(database, makeKeyRing([NEW, OLD]))).rejects.toThrow('no key named "lost"');
});
