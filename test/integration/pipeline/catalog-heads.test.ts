import { makeCatalogHeads } from '../../../src/store/catalog/catalog-heads';
import { makeCatalogStore } from '../../../src/store/catalog/catalog-store';
import { makeDatabase, type Database } from '../../../src/store/database';
import { makeTenantStore } from '../../../src/store/settings/tenant-store';
import { readTenantVersions } from '../../../src/store/config/tenant-versions';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';

let testDatabase: TestDatabase;
let database: Database;
let tenantId: string;

beforeAll(async () => {
  testDatabase = await makeTestDatabase();
  database = makeDatabase(testDatabase.dataSource);
  const tenant = { slug: 'acme', name: 'Acme', scopes: [], allowedNetworks: [] };
  tenantId = (await makeTenantStore(database).create(tenant, new Date()))?.id ?? '';
});
afterAll(() => testDatabase.drop());

const save = async (owner: string | null, name: string): Promise<void> => {
  const entry = { name, description: '', requiredScope: null, archived: false };
  const version = { version: 1, schema: {}, example: undefined, deprecated: false, downgrade: null };
  await makeCatalogStore(database).save(owner, { from: undefined, entry, version }, new Date());
};

const committed = async () => {
  const found = (await readTenantVersions(database, ['acme'])).get(tenantId);
  if (!found) throw new Error('there is no such tenant');
  return found;
};

describe('the catalog in the memory of a process that hears nothing of changes', () => {
  it.each([
    ['a shared entry', () => null],
    ['an entry of the tenant’s own', () => tenantId],
  ])('has %s for who brings the versions as they are committed, and not before', async (name, owner) => {
    const type = name.replaceAll(/[^a-z]/g, '');
    const heads = makeCatalogHeads(database);
    const before = await committed();
    const find = async ({ configVersion, sharedCatalogVersion } = before) =>
      (await heads.find(tenantId, configVersion, sharedCatalogVersion)).entryOf(type);
    expect(await find()).toBeUndefined();
    await save(owner(), type);
    expect(await find()).toBeUndefined();
    expect(await find(await committed())).toMatchObject({ name: type, versions: [{ hasSchema: true }] });
  });

  it('has a shared entry after a poll, and asks the database for nothing when nothing changed', async () => {
    const heads = makeCatalogHeads(database);
    const { configVersion } = await committed();
    await heads.find(tenantId, configVersion, 0);
    await save(null, 'polled');
    await heads.poll();
    const rows = jest.spyOn(database, 'rows');
    expect((await heads.find(tenantId, configVersion, 0)).entryOf('polled')).toBeDefined();
    const asked = rows.mock.calls.length;
    for (let n = 0; n < 10; n++) await heads.find(tenantId, configVersion, 0);
    expect(rows.mock.calls.length).toBe(asked);
    rows.mockRestore();
  });
});
