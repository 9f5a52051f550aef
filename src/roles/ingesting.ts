import { In } from 'typeorm';
import type { Config } from '../config';
import { decodeId, encodeId, idBytes } from '../domain/ids';
import type { IngestDeps, TenantVersion } from '../ingest/publish-events';
import { writeEventMessage } from '../messages/outgoing-event';
import { TenantRow } from '../store/entities/tenant';
import { claimKeys, keyHash } from '../store/idempotency-keys';
import type { Platform } from './platform';

/** An event that is delivered later than this would be past retention: a day is left for its retries. */
export const maxDelayMsOf = ({ retentionDays }: Pick<Config, 'retentionDays'>): number =>
  Math.max(0, retentionDays - 1) * 86_400_000;

/** Ingest with the real broker and database behind it. */
export function ingestDeps({ config, database, outlets, originSeal, metrics }: Platform): IngestDeps {
  return {
    maxEventBytes: config.maxEventBytes,
    maxDelayMs: maxDelayMsOf(config),
    async tenantVersions(refs) {
      const versions = new Map<string, TenantVersion>();
      if (refs.length === 0) return versions;
      const ids = refs.filter((ref) => decodeId('tenant', ref));
      const slugs = refs.filter((ref) => !decodeId('tenant', ref));
      const rows = await database.source.manager.find(TenantRow, {
        where: [
          ...(ids.length > 0 ? [{ id: In(ids) }] : []),
          ...(slugs.length > 0 ? [{ slug: In(slugs) }] : []),
        ],
        select: { id: true, slug: true, configVersion: true, deletedAt: true },
      });
      for (const { id, slug, configVersion, deletedAt } of rows) {
        if (deletedAt) continue;
        const tenant = { tenantId: id, slug, configVersion };
        versions.set(id, tenant).set(slug, tenant);
      }
      return versions;
    },
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
      await outlets.sendEvent(writeEventMessage(event, originSeal.seal(event.eventId, event.type)));
      metrics.eventsReceived.inc({ source: 'api' });
    },
  };
}
