import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import { idBytes, timeOfText } from '../../domain/ids';
import { addLatency } from '../../domain/stats/latencies';
import type { Attempt } from '../../domain/delivery/outcome';
import { minuteOf, type Minute } from '../../domain/stats/stats-range';
import { addTally, emptyTally, isEmptyTally, type Tally } from '../../domain/stats/tally';
import { chunks } from '../chunks';
import type { Sql } from '../database';
import { TALLY_COLUMNS, subjectBytes, tallyValues } from './stat-rows';

/** What statistics need to know of a status change. */
export interface CountedChange {
  tenantId: string;
  endpointId: string;
  deliveryId: string;
  from: DeliveryStatus | null;
  status: DeliveryStatus;
}

/** An attempt that is on record for the first time. */
export interface CountedAttempt {
  tenantId: string;
  endpointId: string;
  at: Date;
  ok: boolean;
}

/** How long a delivery took from received to delivered for the first time. */
export interface CountedLatency {
  tenantId: string;
  endpointId: string;
  /** Of the attempt. */
  at: Date;
  latencyMs: number;
}

/** Of the attempt that delivered. */
export function latencyOf(delivered: {
  tenantId: string;
  endpointId: string;
  deliveryId: string;
  attempt: Attempt;
}): CountedLatency {
  const { tenantId, endpointId, deliveryId, attempt } = delivered;
  const receivedMs = timeOfText('delivery', deliveryId);
  const latencyMs = attempt.at.getTime() + attempt.durationMs - receivedMs;
  return { tenantId, endpointId, at: attempt.at, latencyMs };
}

/** What statistics count besides changes. */
export interface Counted {
  attempts: readonly CountedAttempt[];
  latencies: readonly CountedLatency[];
}

export const NOTHING_COUNTED: Counted = { attempts: [], latencies: [] };

interface Part {
  tenantId: string;
  endpointId: string;
  at: Minute;
  tally: Tally;
}

/**
 * Writes what a transaction adds to the statistics: one insert, a row for each endpoint, tenant and minute that it
 * touches. Rows are only ever inserted here, never changed, so that no transaction waits for another's; stats-folder.ts
 * adds them up.
 */
export async function addDeltas(
  sql: Sql,
  changes: readonly CountedChange[],
  counted: Counted,
): Promise<void> {
  const parts = partsOf(changes, counted).filter(({ tally }) => !isEmptyTally(tally));
  const rows = [
    ...parts.map(({ tenantId, endpointId, at, tally }) => [
      subjectBytes({ endpointId }),
      idBytes('tenant', tenantId),
      at,
      ...tallyValues(tally),
    ]),
    ...sumsOf(parts, (part) => part.tenantId).map(({ tenantId, at, tally }) => {
      const tenant = subjectBytes({ tenantId });
      return [tenant, tenant, at, ...tallyValues(tally)];
    }),
    ...sumsOf(parts, () => '').map(({ at, tally }) => {
      const everybody = subjectBytes('everybody');
      return [everybody, everybody, at, ...tallyValues(tally)];
    }),
  ];
  for (const part of chunks(rows)) {
    await sql.write(`insert into stat_deltas (subject_id, tenant_id, at, ${TALLY_COLUMNS}) values ?`, [part]);
  }
}

/** By endpoint and minute: a status by when its delivery was received, an attempt by when it was made. */
function partsOf(changes: readonly CountedChange[], { attempts, latencies }: Counted): Part[] {
  const parts = new Map<string, Part>();
  const partOf = ({ tenantId, endpointId }: { tenantId: string; endpointId: string }, at: Minute): Part => {
    const key = `${endpointId}/${at}`;
    const part = parts.get(key) ?? { tenantId, endpointId, at, tally: emptyTally() };
    parts.set(key, part);
    return part;
  };
  /** Nearly always the next is of the same endpoint and minute. */
  let last: Part | undefined;
  const tallyOf = (of: { tenantId: string; endpointId: string }, at: Minute): Tally => {
    if (last?.endpointId !== of.endpointId || last.at !== at) last = partOf(of, at);
    return last.tally;
  };
  for (const change of changes) {
    const { byStatus } = tallyOf(change, minuteOf(timeOfText('delivery', change.deliveryId)));
    byStatus[change.status]++;
    if (change.from !== null) byStatus[change.from]--;
  }
  for (const attempt of attempts) {
    const tally = tallyOf(attempt, minuteOf(attempt.at.getTime()));
    tally.attempts++;
    if (!attempt.ok) tally.failed++;
  }
  for (const latency of latencies) {
    addLatency(tallyOf(latency, minuteOf(latency.at.getTime())).latencies, latency.latencyMs);
  }
  return [...parts.values()];
}

function sumsOf(parts: readonly Part[], groupOf: (part: Part) => string): Part[] {
  const sums = new Map<string, Part>();
  for (const part of parts) {
    const key = `${groupOf(part)}/${part.at}`;
    const sum = sums.get(key) ?? { ...part, tally: emptyTally() };
    addTally(sum.tally, part.tally);
    sums.set(key, sum);
  }
  return [...sums.values()].filter(({ tally }) => !isEmptyTally(tally));
}
