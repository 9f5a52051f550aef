import type { Config } from '../config';
import { encodeId, idBytes } from '../domain/ids';
import type { IngestDeps } from '../ingest/publish-events';
import { writeEventMessage } from '../messages/outgoing-event';
import { claimKeys, keyHash } from '../store/events/idempotency-keys';
import { readTenantVersions } from '../store/config/tenant-versions';
import type { Platform } from './platform';
import { startPublish } from './spans';

/** An event that is delivered later than this would be past retention: a day is left for its retries. */
export const maxDelayMsOf = ({ retentionDays }: Pick<Config, 'retentionDays'>): number =>
  Math.max(0, retentionDays - 1) * 86_400_000;

/** Ingest with the real broker and database behind it. */
export function ingestDeps(
  { config, database, catalog, outlets, originSeal, metrics, tracing }: Platform,
  source: 'api' | 'provider' = 'api',
): IngestDeps {
  return {
    maxEventBytes: config.maxEventBytes,
    publicUrl: config.publicUrl,
    maxDelayMs: maxDelayMsOf(config),
    tenantVersions: (refs) => readTenantVersions(database, refs),
    checkEvent: catalog.checkEvent,
    claimKeys: (claims, at) =>
      database.transaction((sql) =>
        claimKeys(
          sql,
          claims.map(({ tenantId, key, eventId }) => ({
            tenant: idBytes('tenant', tenantId),
            hash: keyHash(key),
            eventId,
          })),
          at,
        ),
      ),
    async eventsOnRecord(eventIds) {
      const rows = await database.rows<{ id: Buffer }>('select id from events where id in (?)', [
        eventIds.map((id) => idBytes('event', id)),
      ]);
      return new Set(rows.map((row) => encodeId('event', row.id)));
    },
    async publish(event) {
      const span = tracing && startPublish(tracing, config.namespace, event);
      const traced = span ? { ...event, traceparent: span.traceparent } : event;
      await outlets.sendEvent(writeEventMessage(traced, originSeal.seal(event.eventId, event.type)));
      span?.end();
      metrics.eventsReceived.inc({ source });
    },
  };
}
