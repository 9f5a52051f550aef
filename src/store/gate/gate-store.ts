import type { CircuitState, GateMeasures, GateNotice, GateRecord } from '../../domain/delivery/gate-records';
import type { PassingReason } from '../../domain/delivery/hold-reason';
import { encodeId, idBytes } from '../../domain/ids';
import type { Database } from '../database';

export type GateStore = ReturnType<typeof makeGateStore>;

/** Longest that a gate stays without an owner after its owner was killed; renewed several times in that. */
const LEASE_SECONDS = 8;
const CLAIMS = 200;
/** How many endpoints metrics show by themselves. */
const LONGEST = 20;
/** How long a closed gate's row stays, so that every process hears of it. */
const CLOSED_SECONDS = 120;

/** Who owns which gate, by leases on the database's clock, and what must outlive the owner. */
export function makeGateStore(database: Database) {
  /** Changes a gate, made if need be, and tells every process by `changed_at`. */
  const change = async (gate: GateId, columns: string, values: unknown[]): Promise<void> => {
    await database.write(
      `insert into gates (endpoint_id, tenant_id, changed_at) values (?, ?, utc_timestamp(3))
       on duplicate key update changed_at = utc_timestamp(3)`,
      [idBytes('endpoint', gate.endpointId), idBytes('tenant', gate.tenantId)],
    );
    await database.write(
      `update gates set ${columns}, closed = false, changed_at = utc_timestamp(3) where endpoint_id = ?`,
      [...values, idBytes('endpoint', gate.endpointId)],
    );
  };

  return {
    /** Takes gates without a living owner. `orphaned`: it had one, who may have died in the middle of something. */
    claim: (owner: Buffer): Promise<(GateRecord & { orphaned: boolean })[]> =>
      database.transaction(async (sql) => {
        const rows = await sql.rows<GateRow>(
          `select ${COLUMNS} from gates
           where closed = false and (lease_until is null or lease_until < utc_timestamp(3))
           limit ? for update skip locked`,
          [CLAIMS],
        );
        if (rows.length === 0) return [];
        await sql.write(
          `update gates set owner = ?, lease_until = utc_timestamp(3) + interval ${LEASE_SECONDS} second,
             changed_at = utc_timestamp(3) where endpoint_id in (?)`,
          [owner, rows.map((row) => row.endpoint_id)],
        );
        return rows.map((row) => ({ ...toRecord(row), orphaned: row.owner !== null }));
      }),

    /** Goes on owning; answers with what is still owned, as it stands. */
    async renew(owner: Buffer): Promise<GateRecord[]> {
      await database.write(
        `update gates set lease_until = utc_timestamp(3) + interval ${LEASE_SECONDS} second where owner = ?`,
        [owner],
      );
      return (await database.rows<GateRow>(`select ${COLUMNS} from gates where owner = ?`, [owner])).map(
        toRecord,
      );
    },

    async read(endpointId: string): Promise<GateRecord | undefined> {
      const [row] = await database.rows<GateRow>(`select ${COLUMNS} from gates where endpoint_id = ?`, [
        idBytes('endpoint', endpointId),
      ]);
      return row && toRecord(row);
    },

    /** At shutdown: others take over at once. */
    async letGo(owner: Buffer): Promise<void> {
      await database.write(
        'update gates set owner = null, lease_until = null, changed_at = utc_timestamp(3) where owner = ?',
        [owner],
      );
    },

    /** False when something came into the queue meanwhile. Locks the gate first: see openGates. */
    close: (endpointId: string, owner: Buffer, isGone: boolean): Promise<boolean> =>
      database.transaction(async (sql) => {
        const endpoint = idBytes('endpoint', endpointId);
        const [mine] = await sql.rows('select 1 from gates where endpoint_id = ? and owner = ? for update', [
          endpoint,
          owner,
        ]);
        if (!mine) return true;
        const [left] = await sql.rows('select 1 from gate_queue where endpoint_id = ? limit 1', [endpoint]);
        if (left) return false;
        const closed = await sql.write(
          `update gates set closed = true, owner = null, lease_until = null, circuit = 'CLOSED', retry_after_until = null, throttles = 0,
             recovering = false, probes = 0, opened_at = null, probe_at = null, drop_to = null, changed_at = utc_timestamp(3)
           where endpoint_id = ? and (? or (circuit = 'CLOSED' and drop_to is null
             and (retry_after_until is null or retry_after_until < utc_timestamp(3))))`,
          [endpoint, isGone],
        );
        return closed === 1;
      }),

    setCircuit: (
      gate: GateId,
      circuit: CircuitState,
      { openedAt, probeAt, probes }: Pick<GateRecord, 'openedAt' | 'probeAt' | 'probes'>,
    ): Promise<void> =>
      change(gate, 'circuit = ?, opened_at = ?, probe_at = ?, probes = ?, recovering = true', [
        circuit,
        openedAt,
        probeAt,
        probes,
      ]),

    /** Neither circuit nor Retry-After holds it any more. It still has to show what it can take. */
    recover: (gate: GateId): Promise<void> =>
      change(
        gate,
        `circuit = 'CLOSED', opened_at = null, probe_at = null, probes = 0, retry_after_until = null, throttles = 0,
         recovering = true`,
        [],
      ),

    /** What comes need not wait behind what was held. */
    ease: (gate: GateId): Promise<void> => change(gate, 'recovering = false', []),

    throttle: (gate: GateId, until: Date, throttles: number): Promise<void> =>
      change(gate, 'retry_after_until = ?, throttles = ?, recovering = true', [until, throttles]),

    /** Somebody resumed it: nothing of the past holds it, and some of what waits may be dropped. */
    async resume(gate: GateId, drop: { olderThan: Date | null; superseded: boolean }): Promise<void> {
      const wanted = drop.olderThan !== null || drop.superseded;
      const [row] = await database.rows<{ last: string | null }>(
        'select max(position) as last from gate_queue where endpoint_id = ?',
        [idBytes('endpoint', gate.endpointId)],
      );
      const last = row?.last ?? null;
      await change(
        gate,
        `circuit = 'CLOSED', opened_at = null, probe_at = null, probes = 0, retry_after_until = null, throttles = 0,
         recovering = true, drop_older_than = ?, drop_superseded = ?, drop_from = ?, drop_to = ?`,
        wanted && last !== null ? [drop.olderThan, drop.superseded, 0, last] : [null, false, null, null],
      );
    },

    /** Gates that changed, for the board of this process. `since`: the database's clock, or all that are open. */
    async changes(
      since: Date | undefined,
      limit: number,
    ): Promise<{ notices: GateNotice[]; upTo: Date | undefined }> {
      const rows = await database.rows<NoticeRow & { changed_at: Date }>(
        `select ${COLUMNS}, closed, changed_at, retry_after_until > utc_timestamp(3) as is_throttled from gates
         where ${since ? 'changed_at >= ? - interval 2 second' : 'closed = false'} order by changed_at desc limit ?`,
        [...(since ? [since] : []), limit],
      );
      return { notices: rows.map(toNotice), upTo: rows[0]?.changed_at };
    },

    /** What waits, over all endpoints, and where the queues are longest. */
    async measure(): Promise<GateMeasures> {
      const rows = await database.rows<{ reason: string; n: string | number }>(
        'select reason, count(*) as n from gate_queue where released_at is null group by reason',
      );
      const [oldest] = await database.rows<{ held_at: Date }>(
        'select held_at from gate_queue where released_at is null order by position limit 1',
      );
      const longest = await database.rows<{ endpoint_id: Buffer; n: string | number; held_at: Date }>(
        `select l.endpoint_id, l.n, q.held_at from (
           select endpoint_id, count(*) as n, min(position) as first from gate_queue
           where released_at is null group by endpoint_id order by n desc, endpoint_id limit ?
         ) l join gate_queue q on q.position = l.first order by l.n desc, l.endpoint_id`,
        [LONGEST],
      );
      return {
        byReason: rows.map(({ reason, n }) => ({ reason, count: Number(n) })),
        oldestHeldAt: oldest?.held_at,
        longest: longest.map((row) => ({
          endpointId: encodeId('endpoint', row.endpoint_id),
          count: Number(row.n),
          oldestHeldAt: row.held_at,
        })),
      };
    },

    /** Rows that everybody has heard of by now. */
    sweepClosed: (): Promise<number> =>
      database.write(
        `delete from gates where closed = true and changed_at < utc_timestamp(3) - interval ${CLOSED_SECONDS} second
         limit 1000`,
      ),
  };
}

export interface GateId {
  endpointId: string;
  tenantId: string;
}

const COLUMNS = `endpoint_id, tenant_id, owner, circuit, opened_at, probe_at, probes, retry_after_until, throttles,
  recovering, drop_older_than, drop_superseded, drop_from, drop_to`;

export interface GateRow {
  endpoint_id: Buffer;
  tenant_id: Buffer;
  owner: Buffer | null;
  circuit: CircuitState;
  opened_at: Date | null;
  probe_at: Date | null;
  probes: number;
  retry_after_until: Date | null;
  throttles: number;
  recovering: number;
  drop_older_than: Date | null;
  drop_superseded: number;
  drop_from: string | null;
  drop_to: string | null;
}

function toRecord(row: GateRow): GateRecord {
  return {
    endpointId: encodeId('endpoint', row.endpoint_id),
    tenantId: encodeId('tenant', row.tenant_id),
    circuit: row.circuit,
    openedAt: row.opened_at,
    probeAt: row.probe_at,
    probes: row.probes,
    retryAfterUntil: row.retry_after_until,
    throttles: row.throttles,
    recovering: row.recovering === 1,
    drop:
      row.drop_to === null
        ? null
        : {
            olderThan: row.drop_older_than,
            superseded: row.drop_superseded === 1,
            from: Number(row.drop_from ?? 0),
            to: Number(row.drop_to),
          },
  };
}

type NoticeRow = GateRow & { closed: number; is_throttled: number | null };

function toNotice(row: NoticeRow): GateNotice {
  return {
    endpointId: encodeId('endpoint', row.endpoint_id),
    reason: row.closed === 1 ? null : reasonOf(row),
    hasOwner: row.owner !== null,
  };
}

function reasonOf({ circuit, is_throttled, recovering }: NoticeRow): PassingReason | null {
  if (is_throttled === 1) return 'RETRY_AFTER';
  if (circuit !== 'CLOSED') return 'CIRCUIT';
  return recovering === 1 ? 'OVERFLOW' : null;
}
