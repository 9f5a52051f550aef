import { encodeId, idBytes } from '../../domain/ids';
import type { Replay, ReplayJob, ReplayPhase, ReplaySelection, ReplayStatus } from '../../domain/replay';

/** How a row of `replays` reads. A bigint column reads as text. */
export interface ReplayRow {
  id: Buffer;
  tenant_id: Buffer;
  status: ReplayStatus;
  selection: string;
  backfills: number;
  total: number;
  done: number;
  skipped: number;
  error: string | null;
  requested_by: Buffer | null;
  created_at: Date;
  finished_at: Date | null;
}

export interface ReplayJobRow extends ReplayRow {
  phase: ReplayPhase;
  reached: Buffer | null;
  unsent: Buffer | null;
  config_version: string;
}

export const REPLAY_COLUMNS = `id, tenant_id, status, selection, backfills, total, done, skipped, error, requested_by,
  created_at, finished_at`;
export const JOB_COLUMNS = `${REPLAY_COLUMNS}, phase, reached, unsent, config_version`;

export function toReplay(row: ReplayRow): Replay {
  return {
    id: encodeId('replay', row.id),
    tenantId: encodeId('tenant', row.tenant_id),
    status: row.status,
    selection: readSelection(row.selection),
    backfills: Boolean(row.backfills),
    total: row.total,
    done: row.done,
    skipped: row.skipped,
    error: row.error,
    requestedBy: row.requested_by && encodeId('apiKey', row.requested_by),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

export function toJob(row: ReplayJobRow): ReplayJob {
  return {
    ...toReplay(row),
    phase: row.phase,
    reached: row.reached,
    unsent: unpackIds(row.unsent),
    configVersion: Number(row.config_version),
  };
}

export const packIds = (ids: readonly string[]): Buffer =>
  Buffer.concat(ids.map((id) => idBytes('delivery', id)));

function unpackIds(packed: Buffer | null): string[] {
  const ids: string[] = [];
  for (let at = 0; packed && at < packed.length; at += 16)
    ids.push(encodeId('delivery', packed.subarray(at, at + 16)));
  return ids;
}

/** Times are text in JSON. */
function readSelection(text: string): ReplaySelection {
  const { since, until, ...rest } = JSON.parse(text) as Omit<ReplaySelection, 'since' | 'until'> & {
    since?: string;
    until?: string;
  };
  return {
    ...rest,
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
  };
}
