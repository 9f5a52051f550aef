import { encodeId, idBytes, idFloor } from '../../domain/ids';
import type { Replay } from '../../domain/replay';
import type { TenantScope } from '../../domain/settings';
import { TopicIndex } from '../../domain/routing/topic-pattern';
import type { Database } from '../database';
import { conditions } from '../lists/page';
import { countTypes } from './replay-events';
import { countSelected } from './replay-windows';

export type Estimated = Pick<Replay, 'tenantId' | 'selection' | 'createdAt'>;

/** Which part of a replay: what has a delivery, what has none. */
export interface EstimatedParts {
  existing: boolean;
  missing: boolean;
}

/** Rows looked at to say how large a replay will be; a larger one is said to have what was found among these. */
const MOST_DELIVERIES = 100_000;
const MOST_EVENTS = 20_000;

/** What a replay is told to be before it begins: cheap, bounded, and right for all but very large ones. */
export function makeReplayEstimates(database: Database) {
  async function countMissing(replay: Estimated): Promise<number> {
    const { tenantId, selection } = replay;
    const [byType, patterns] = await Promise.all([
      countTypes(database, replay, MOST_EVENTS),
      patternsOf(replay),
    ]);
    const topics = new TopicIndex<string>();
    for (const { id, eventTypes } of patterns) for (const pattern of eventTypes) topics.add(pattern, id);
    let wanted = 0;
    for (const [type, events] of byType) wanted += events * [...topics.match(type)].length;
    if (wanted === 0) return 0;
    const range = conditions([
      ['endpoint_id = ?', idBytes('endpoint', selection.endpointId ?? '')],
      ['tenant_id = ?', idBytes('tenant', tenantId)],
      ['id > ?', idFloor(selection.since?.getTime() ?? 0)],
      ['id < ?', selection.until && idFloor(selection.until.getTime())],
      ['subscription_id = ?', selection.subscriptionId && idBytes('subscription', selection.subscriptionId)],
      ['event_type collate ascii_bin in (?)', selection.types],
    ]);
    const [row] = await database.rows<{ n: number | string }>(
      `select count(*) n from (select 1 from deliveries where ${range.sql} limit ${MOST_DELIVERIES}) present`,
      range.parameters,
    );
    return Math.max(0, wanted - Number(row?.n ?? 0));
  }

  async function patternsOf({ selection }: Estimated): Promise<{ id: string; eventTypes: string[] }[]> {
    const { sql, parameters } = conditions([
      ['endpoint_id = ?', idBytes('endpoint', selection.endpointId ?? '')],
      ['id = ?', selection.subscriptionId && idBytes('subscription', selection.subscriptionId)],
    ]);
    const rows = await database.rows<{ id: Buffer; event_types: string }>(
      `select id, event_types from webhook_subscriptions where ${sql} and enabled and deleted_at is null`,
      parameters,
    );
    return rows.map(({ id, event_types }) => ({
      id: encodeId('subscription', id),
      eventTypes: JSON.parse(event_types) as string[],
    }));
  }

  return {
    async estimate(replay: Estimated, { existing, missing }: EstimatedParts): Promise<number> {
      const [selected, absent] = await Promise.all([
        existing ? countSelected(database, replay, MOST_DELIVERIES) : 0,
        missing ? countMissing(replay) : 0,
      ]);
      return selected + absent;
    },

    /** Events of these types that a backfill to somebody new would make deliveries of. */
    async estimateNew(replay: Estimated, eventTypes: readonly string[]): Promise<number> {
      const topics = new TopicIndex<true>();
      for (const pattern of eventTypes) topics.add(pattern, true);
      let wanted = 0;
      for (const [type, events] of await countTypes(database, replay, MOST_EVENTS))
        if ([...topics.match(type)].length > 0) wanted += events;
      return wanted;
    },

    /** Whose the deliveries are; ids that name none of the scope's are left out. */
    async ownersOf(scope: TenantScope, ids: readonly string[]): Promise<Map<string, string>> {
      if (ids.length === 0) return new Map();
      const { sql, parameters } = conditions([
        ['id in (?)', ids.map((id) => idBytes('delivery', id))],
        ['tenant_id = ?', scope === null ? undefined : idBytes('tenant', scope)],
      ]);
      const rows = await database.rows<{ id: Buffer; tenant_id: Buffer }>(
        `select id, tenant_id from deliveries where ${sql}`,
        parameters,
      );
      return new Map(rows.map((row) => [encodeId('delivery', row.id), encodeId('tenant', row.tenant_id)]));
    },
  };
}
