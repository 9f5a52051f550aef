import { makeKeyRing } from '../../../../src/runtime/key-ring';
import type { Platform } from '../../../../src/roles/platform';
import { makeListening } from '../../../../src/roles/api/listening';
import { makeDatabase } from '../../../../src/store/database';
import { makeEndpointStore } from '../../../../src/store/settings/endpoint-store';
import { makeTenantStore } from '../../../../src/store/settings/tenant-store';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';
import { waitUntil } from '../../../support/wait-until';

const SETTINGS = {
  ...{ name: 'one', url: 'tunnel:one', description: '', payloadFormat: 'STANDARD' as const, headers: {} },
  ...{ credentials: null, rateLimitPerSecond: null, maxInFlight: null, ordered: false, timeoutMs: 5000 },
  ...{ retrySchedule: null, signatureScheme: 'HMAC_SHA256' as const },
};

let test: TestDatabase;
beforeAll(async () => (test = await makeTestDatabase()));
afterAll(() => test.drop());

it('a listener that leaves as soon as it hears leaves its tunnel held', async () => {
  const database = makeDatabase(test.dataSource);
  const keyRing = makeKeyRing([`test:${Buffer.alloc(32, 7).toString('base64')}`]);
  const tenants = makeTenantStore(database);
  const tenant = await tenants.create(
    { slug: 'acme', name: 'Acme', scopes: [], allowedNetworks: [] },
    new Date(),
  );
  const tenantId = tenant?.id ?? '';
  const endpoints = makeEndpointStore(database, keyRing);
  const made = await endpoints.create({ endpoint: { ...SETTINGS, tenantId }, secret: 'whsec_x' }, new Date());
  const id = made?.value ?? '';
  await endpoints.setStatus(tenantId, id, { from: ['ACTIVE'], to: 'PAUSED' }, new Date());
  const tunnel = await endpoints.find(tenantId, id);
  if (!tunnel) throw new Error('it was just made');

  const announced: string[] = [];
  const listening = makeListening({
    ...{ database, keyRing },
    outlets: { announceControl: ({ kind }: { kind: string }) => announced.push(kind) },
    configs: { noteVersion: () => undefined },
    logger: { warn: () => undefined },
    tunnels: {
      async *listen(_id: string, _signal: AbortSignal, onOpen: () => void) {
        onOpen();
        yield* await Promise.resolve([]);
      },
    },
  } as unknown as Platform);
  for await (const _told of listening.listen(tunnel, new AbortController().signal));
  await listening.close();
  // It was let go, and held.
  await waitUntil(() => announced.filter((kind) => kind === 'config').length === 2);
  await expect(endpoints.find(tenantId, id)).resolves.toMatchObject({ status: 'PAUSED' });
});
