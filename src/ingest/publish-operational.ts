import { newId } from '../domain/ids';
import type { OutgoingEvent } from '../messages/outgoing-event';
import type { IngestDeps } from './publish-events';

/**
 * An event of Warren's own (`warren.endpoint.disabled`, say) to the tenant it concerns: an ordinary event that anyone
 * may subscribe to. `key` makes a fact that is told twice count once.
 */
export async function publishOperational(
  deps: IngestDeps,
  {
    tenantId,
    type,
    key,
    data,
  }: { tenantId: string; type: string; key: string; data: Record<string, unknown> },
): Promise<void> {
  const tenant = (await deps.tenantVersions([tenantId])).get(tenantId);
  if (!tenant) return;
  const now = new Date();
  const event: OutgoingEvent = {
    tenantId,
    tenantSlug: tenant.slug,
    configVersion: tenant.configVersion,
    sharedCatalogVersion: tenant.sharedCatalogVersion,
    eventId: newId('event'),
    type,
    data: Buffer.from(JSON.stringify(data)),
    receivedAt: now,
    occurredAt: now,
    idempotencyKey: `warren/${key}`,
  };
  const [owner = event.eventId] = await deps.claimKeys(
    [{ tenantId, key: `warren/${key}`, eventId: event.eventId }],
    now,
  );
  await deps.publish({ ...event, eventId: owner });
}
