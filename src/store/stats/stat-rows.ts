import { DELIVERY_STATUSES, type DeliveryStatus } from '../../domain/delivery/delivery-status';
import { idBytes } from '../../domain/ids';
import { addEncodedLatencies, encodeLatencies } from '../../domain/stats/latencies';
import { emptyTally, type StatsSubject, type Tally } from '../../domain/stats/tally';

const EVERYBODY = Buffer.alloc(16);

/** Ids of both kinds are as good as random, so they share one column. */
export function subjectBytes(subject: StatsSubject): Buffer {
  if (subject === 'everybody') return EVERYBODY;
  return 'endpointId' in subject
    ? idBytes('endpoint', subject.endpointId)
    : idBytes('tenant', subject.tenantId);
}

const STATUS_COLUMNS: Record<DeliveryStatus, string> = {
  PENDING: 'pending',
  RETRYING: 'retrying',
  HELD: 'held',
  DELIVERED: 'delivered',
  DEAD_LETTERED: 'dead_lettered',
  CANCELLED: 'cancelled',
};

const NUMBERS = [...DELIVERY_STATUSES.map((status) => STATUS_COLUMNS[status]), 'attempts', 'failed'];

/** The columns of a tally, in the order of tallyValues. */
export const TALLY_COLUMNS = [...NUMBERS, 'latencies'].join(', ');

/** For `on duplicate key update`: numbers add up; `latencies` is the new sum already. */
export const TALLY_UPSERT = [
  ...NUMBERS.map((column) => `${column} = ${column} + values(${column})`),
  'latencies = coalesce(values(latencies), latencies)',
].join(', ');

export function tallyValues({ byStatus, attempts, failed, latencies }: Tally): unknown[] {
  return [
    ...DELIVERY_STATUSES.map((status) => byStatus[status]),
    attempts,
    failed,
    encodeLatencies(latencies),
  ];
}

/** How a row of any of the three tables reads. */
export type TallyRow = Record<string, number | Buffer | null> & {
  attempts: number;
  failed: number;
  latencies: Buffer | null;
};

export function addRow(into: Tally, row: TallyRow): void {
  for (const status of DELIVERY_STATUSES) into.byStatus[status] += Number(row[STATUS_COLUMNS[status]]);
  into.attempts += row.attempts;
  into.failed += row.failed;
  addEncodedLatencies(into.latencies, row.latencies);
}

export function toTally(row: TallyRow): Tally {
  const tally = emptyTally();
  addRow(tally, row);
  return tally;
}
