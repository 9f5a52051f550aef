import { newId } from '../../src/domain/ids';
import { newHmacSecret } from '../../src/domain/request/webhook-secret';
import { makeKeyRing } from '../../src/runtime/key-ring';
import { changeConfig } from '../../src/store/config/config-change';
import type { Database } from '../../src/store/database';
import { EndpointRow } from '../../src/store/entities/endpoint';
import { EndpointSecretRow } from '../../src/store/entities/endpoint-secret';
import { WebhookSubscriptionRow } from '../../src/store/entities/webhook-subscription';
import { sealedFor } from '../../src/store/config/tenant-config-rows';
import { MASTER_KEY, type Subject } from './setting';

/** What the n-th subscription of an endpoint asks for. */
export interface Asked {
  eventTypes: string[];
  filter?: object;
}

export interface Endpoints {
  url: string;
  /** For each endpoint, its subscriptions. */
  subscriptions: readonly (readonly Asked[])[];
}

const ROWS_PER_INSERT = 500;

/** Tens of thousands of endpoints, which one mutation at a time would take minutes for; the rows are what it would write. */
export async function seedEndpoints(
  subject: Subject,
  database: Database,
  { url, subscriptions }: Endpoints,
): Promise<void> {
  const { tenant } = await subject.ask<{ tenant: { id: string } }>('{ tenant(slug: "bench") { id } }');
  const keyRing = makeKeyRing([MASTER_KEY]);
  const tenantId = tenant.id;
  const at = new Date();
  await changeConfig(database, tenantId, at, async (manager, configVersion) => {
    const common = { tenantId, configVersion, createdAt: at, updatedAt: at, deletedAt: null };
    const endpoints = subscriptions.map(() => ({
      ...{ ...common, id: newId('endpoint'), url, name: '', description: '', status: 'ACTIVE' as const },
      ...{ disabledReason: null, failingSince: null, payloadFormat: 'STANDARD' as const, timeoutMs: 15_000 },
      ...{ headersSealed: null, credentialsSealed: null, rateLimitPerSecond: null, maxInFlight: null },
      ...{ ordered: false, retrySchedule: null, signatureScheme: 'HMAC_SHA256' as const },
    }));
    const secrets = endpoints.map(({ id }) => ({
      ...{ endpointId: id, createdAt: at, expiresAt: null },
      sealed: keyRing.seal(newHmacSecret(), sealedFor(tenantId, id, 'secret')),
    }));
    const asked = subscriptions.flatMap((all, index) =>
      all.map(({ eventTypes, filter = null }) => ({
        ...{
          ...common,
          id: newId('subscription'),
          endpointId: endpoints[index]?.id ?? '',
          eventTypes,
          filter,
        },
        ...{ version: null, transform: null, includeFields: null, enabled: true },
      })),
    );
    for (const some of inserts(endpoints)) await manager.insert(EndpointRow, some);
    for (const some of inserts(secrets)) await manager.insert(EndpointSecretRow, some);
    for (const some of inserts(asked)) await manager.insert(WebhookSubscriptionRow, some);
  });
}

function* inserts<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) yield rows.slice(at, at + ROWS_PER_INSERT);
}
