/** Where a delivery stands. The numbers are what the database keeps: never renumber, only add. */
export const DELIVERY_STATUSES = [
  'PENDING',
  'RETRYING',
  'HELD',
  'DELIVERED',
  'DEAD_LETTERED',
  'CANCELLED',
] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const STATUS_CODES: Record<DeliveryStatus, number> = {
  PENDING: 1,
  RETRYING: 2,
  HELD: 3,
  DELIVERED: 4,
  DEAD_LETTERED: 5,
  CANCELLED: 6,
};

const BY_CODE = new Map(DELIVERY_STATUSES.map((status) => [STATUS_CODES[status], status]));

/** The status behind a number from the database. */
export function statusOfCode(code: number): DeliveryStatus {
  const status = BY_CODE.get(code);
  if (!status) throw new Error(`unknown delivery status code ${code}`);
  return status;
}

/** What may follow what. An attempt moves PENDING and RETRYING; a person or the gate moves the rest. */
const LEGAL: Record<DeliveryStatus, readonly DeliveryStatus[]> = {
  PENDING: ['DELIVERED', 'RETRYING', 'DEAD_LETTERED', 'HELD', 'CANCELLED', 'PENDING'],
  RETRYING: ['DELIVERED', 'RETRYING', 'DEAD_LETTERED', 'HELD', 'CANCELLED', 'PENDING'],
  HELD: ['PENDING', 'CANCELLED'],
  DELIVERED: ['PENDING'],
  DEAD_LETTERED: ['PENDING'],
  CANCELLED: ['PENDING'],
};

/** True when a delivery in `from` may become `to`. */
export function isLegalTransition(from: DeliveryStatus, to: DeliveryStatus): boolean {
  return LEGAL[from].includes(to);
}

/** True when the worker still owes an attempt. */
export function isDue(status: DeliveryStatus): boolean {
  return status === 'PENDING' || status === 'RETRYING';
}

/** True when nothing more happens without a person. */
export function isSettled(status: DeliveryStatus): boolean {
  return status === 'DELIVERED' || status === 'DEAD_LETTERED' || status === 'CANCELLED';
}
