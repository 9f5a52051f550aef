import { idBytes } from '../../../../src/domain/ids';
import { makeKeyRing } from '../../../../src/runtime/key-ring';
import { makeDatabase } from '../../../../src/store/database';
import { makeEndpointStore } from '../../../../src/store/settings/endpoint-store';
import { makeTenantStore } from '../../../../src/store/settings/tenant-store';
import { setMachineClock } from '../../../support/machine-clock';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';

const keyRing = makeKeyRing([`test:${Buffer.alloc(32, 7).toString('base64')}`]);
const SETTINGS = {
  ...{ url: 'https://a.example', description: '', payloadFormat: 'STANDARD' as const, headers: {} },
  ...{ credentials: null, rateLimitPerSecond: null, maxInFlight: null, ordered: false, timeoutMs: 5000 },
  ...{ retrySchedule: null, signatureScheme: 'HMAC_SHA256' as const },
};
const HOUR_MS = 3_600_000;

let test: TestDatabase;
beforeAll(async () => (test = await makeTestDatabase()));
afterEach(() => jest.useRealTimers());
afterAll(() => test.drop());

it.each([
  ['ahead', HOUR_MS],
  ['behind', -HOUR_MS],
])(
  'until when an endpoint asked for quiet is told by the clock of the database, with ours %s',
  async (slug, offMs) => {
    const database = makeDatabase(test.dataSource);
    const tenants = makeTenantStore(database);
    const tenant = await tenants.create({ slug, name: slug, scopes: [], allowedNetworks: [] }, new Date());
    const tenantId = tenant?.id ?? '';
    const endpoints = makeEndpointStore(database, keyRing);
    async function endpointQuiet(minutes: number): Promise<string> {
      const endpoint = { ...SETTINGS, tenantId, name: 'one' };
      const made = await endpoints.create({ endpoint, secret: 'whsec_x' }, new Date());
      const id = made?.value ?? '';
      await database.write(
        `insert into gates (endpoint_id, tenant_id, changed_at, retry_after_until)
       values (?, ?, utc_timestamp(3), utc_timestamp(3) + interval ? minute)`,
        [idBytes('endpoint', id), idBytes('tenant', tenantId), minutes],
      );
      return id;
    }
    const quiet = await endpointQuiet(1);
    const over = await endpointQuiet(-1);
    setMachineClock(offMs);
    const health = await endpoints.healthOf(tenantId, [quiet, over]);
    expect(health.get(quiet)?.retryAfterUntil).toBeInstanceOf(Date);
    expect(health.get(over)?.retryAfterUntil).toBeNull();
  },
);
