import { idBytes, idFloor, newId } from '../../domain/ids';
import { LIMITS } from '../../domain/limits';
import type { Page, PageRequest } from '../../domain/page';
import type { Replay, ReplayJob, ReplaySelection, ReplayStatus } from '../../domain/replay';
import type { TenantScope } from '../../domain/settings';
import type { Database, Sql } from '../database';
import { conditions, readPage, type Conditions } from '../lists/page';
import {
  JOB_COLUMNS,
  REPLAY_COLUMNS,
  toJob,
  toReplay,
  type ReplayJobRow,
  type ReplayRow,
} from './replay-rows';

export interface NewReplay {
  tenantId: string;
  selection: ReplaySelection;
  backfills: boolean;
  /** Leaves the deliveries that there are alone. */
  onlyMissing: boolean;
  total: number;
  requestedBy: string | null;
}

export type ReplayInsert = { kind: 'created'; id: string } | { kind: 'no-tenant' } | { kind: 'busy' };

/** A runner that does not come back within this time is taken for dead. */
const LEASE_SECONDS = 8;

/** Replays as people and runners find them. What a runner does in one transaction is in replay-batches.ts. */
export function makeReplayStore(database: Database) {
  const replaysWhere = async ({ sql, parameters }: Conditions, tail = ''): Promise<Replay[]> =>
    (
      await database.rows<ReplayRow>(`select ${REPLAY_COLUMNS} from replays where ${sql} ${tail}`, parameters)
    ).map(toReplay);

  return {
    byIds: (scope: TenantScope, ids: readonly string[]): Promise<Replay[]> =>
      replaysWhere(conditions([['id in (?)', ids.map((id) => idBytes('replay', id))], ofTenant(scope)])),

    list: (scope: TenantScope, page: PageRequest): Promise<Page<Replay>> =>
      readPage(page, (order, take) =>
        replaysWhere(
          conditions([ofTenant(scope), ['id < ?', page.after], ['id > ?', page.before]]),
          `order by id ${order} limit ${take}`,
        ),
      ),

    async count(scope: TenantScope): Promise<number> {
      const { sql, parameters } = conditions([ofTenant(scope)]);
      const [row] = await database.rows<{ n: number | string }>(
        `select count(*) n from replays where ${sql}`,
        parameters,
      );
      return Number(row?.n ?? 0);
    },

    /** The tenant's row is locked meanwhile, so the limit cannot be outrun. */
    create: (replay: NewReplay, at: Date): Promise<ReplayInsert> =>
      database.transaction(async (sql) => {
        const [tenant] = await sql.rows<{ config_version: string }>(
          'select config_version from tenants where id = ? and deleted_at is null for update',
          [idBytes('tenant', replay.tenantId)],
        );
        if (!tenant) return { kind: 'no-tenant' };
        return insertReplay(sql, replay, Number(tenant.config_version), at);
      }),

    /** False when it was not running any more. A batch that is under way is waited for: none begins after it. */
    cancel: (tenantId: string, id: string, at: Date): Promise<boolean> =>
      endReplay(database, { tenantId, id, status: 'CANCELLED', error: null }, at),

    fail: (job: ReplayJob, error: string, at: Date): Promise<boolean> =>
      endReplay(database, { tenantId: job.tenantId, id: job.id, status: 'FAILED', error }, at),

    /**
     * The running replay that has waited longest for its turn, unless a live runner has it; it is `owner`'s for some
     * seconds then. The database's clock counts, or two runners could disagree.
     */
    claim: (owner: string, seamMs: number): Promise<ReplayJob | undefined> =>
      database.transaction(async (sql) => {
        const [row] = await sql.rows<ReplayJobRow>(
          `select ${JOB_COLUMNS} from replays
           where status = 'RUNNING' and (lease_owner = ? or lease_until is null or lease_until < utc_timestamp(3))
             and (phase <> 'events' or created_at < utc_timestamp(3) - interval ? microsecond)
           order by touched_at limit 1 for update skip locked`,
          [owner, seamMs * 1000],
        );
        if (!row) return undefined;
        await sql.write(
          `update replays set lease_owner = ?, lease_until = utc_timestamp(3) + interval ? second,
             touched_at = utc_timestamp(3) where id = ?`,
          [owner, LEASE_SECONDS, row.id],
        );
        return toJob(row);
      }),

    /** Before a runner stops: others may go on at once. */
    release: (owner: string): Promise<number> =>
      database.write(
        `update replays set lease_owner = null, lease_until = null where status = 'RUNNING' and lease_owner = ?`,
        [owner],
      ),
  };
}

/** The caller holds the lock of the tenant's row. */
export async function insertReplay(
  sql: Sql,
  replay: NewReplay,
  configVersion: number,
  at: Date,
): Promise<ReplayInsert> {
  const tenant = idBytes('tenant', replay.tenantId);
  const [running] = await sql.rows<{ n: number | string }>(
    `select count(*) n from replays where tenant_id = ? and status = 'RUNNING'`,
    [tenant],
  );
  if (Number(running?.n ?? 0) >= LIMITS.runningReplays) return { kind: 'busy' };
  const id = newId('replay');
  await sql.write(
    `insert into replays (id, tenant_id, status, selection, backfills, phase, config_version, total, done, skipped,
       requested_by, touched_at, created_at) values (?, ?, 'RUNNING', ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)`,
    [
      idBytes('replay', id),
      tenant,
      JSON.stringify(replay.selection),
      replay.backfills,
      replay.onlyMissing ? 'events' : 'deliveries',
      configVersion,
      replay.total,
      replay.requestedBy === null ? null : idBytes('apiKey', replay.requestedBy),
      at,
      at,
    ],
  );
  return { kind: 'created', id };
}

interface Ending {
  tenantId: string;
  id: string;
  status: ReplayStatus;
  error: string | null;
}

async function endReplay(database: Database, ending: Ending, at: Date): Promise<boolean> {
  const changed = await database.write(
    `update replays set status = ?, error = ?, finished_at = ?, lease_owner = null, lease_until = null
     where id = ? and tenant_id = ? and status = 'RUNNING'`,
    [ending.status, ending.error, at, idBytes('replay', ending.id), idBytes('tenant', ending.tenantId)],
  );
  return changed === 1;
}

/** What ended before `before` is only history. */
export function deleteOldReplays(database: Database, before: Date, limit: number): Promise<number> {
  return database.write(`delete from replays where id < ? and status <> 'RUNNING' limit ?`, [
    idFloor(before.getTime()),
    limit,
  ]);
}

const ofTenant = (scope: TenantScope) =>
  ['tenant_id = ?', scope === null ? undefined : idBytes('tenant', scope)] as const;
