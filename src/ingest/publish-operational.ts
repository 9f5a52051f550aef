import { newId } from '../domain/ids';
import type { OutgoingEvent } from '../messages/outgoing-event';
import { operationalLinks } from './operational-links';
import type { IngestDeps } from './publish-events';

/**
 * An event of Warren's own (`warren.endpoint.disabled`, say) to the tenant it concerns: an ordinary event that anyone
 * may subscribe to. `key` makes a fact that is told twice count once. Its data has links where it is known where people
 * reach Warren.
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
  const [eventId = ''] = await deps.claimKeys(
    [{ tenantId, key: `warren/${key}`, eventId: newId('event') }],
    now,
  );
  const links =
    deps.publicUrl === undefined ? {} : { links: operationalLinks(deps.publicUrl, eventId, data) };
  const event: OutgoingEvent = {
    tenantId,
    tenantSlug: tenant.slug,
    configVersion: tenant.configVersion,
    sharedCatalogVersion: tenant.sharedCatalogVersion,
    eventId,
    type,
    data: Buffer.from(JSON.stringify({ ...data, ...links })),
    receivedAt: now,
    occurredAt: now,
    idempotencyKey: `warren/${key}`,
  };
  await deps.publish(event);
}
