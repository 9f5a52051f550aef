import type { DeliveryDue } from '../messages/delivery-due';
import { failpoint } from '../runtime/failpoint';

/** What the sweep needs of the rest of the house. */
export interface SweepDeps {
  /** Messages ready in the queue `deliver`, or in the longest of its shards. */
  readyCount(): Promise<number>;
  claimOverdue(before: Date, until: Date, limit: number): Promise<string[]>;
  dueMessages(ids: readonly string[]): Promise<DeliveryDue[]>;
  sendDue(due: DeliveryDue): Promise<void>;
}

/** A delivery this late has lost its message, unless the queue is so long that it only waits. */
const GRACE_MS = 60_000;
const BATCH = 500;
const BUSY_QUEUE = 1000;

/**
 * Sends again what is overdue: the database knows every unfinished delivery, so a broker that lost its messages loses
 * nothing. Slow on purpose; a message that was not lost after all finds its twin's work on record.
 * @returns how many were sent
 */
export async function sweepOverdue(deps: SweepDeps, now: Date, graceMs: number = GRACE_MS): Promise<number> {
  if ((await deps.readyCount()) > BUSY_QUEUE) return 0;
  const before = new Date(now.getTime() - graceMs);
  const until = new Date(now.getTime() + Math.max(graceMs, GRACE_MS));
  const ids = await deps.claimOverdue(before, until, BATCH);
  if (ids.length > 0) failpoint('sweep.claimed');
  const due = await deps.dueMessages(ids);
  await Promise.all(due.map((message) => deps.sendDue(message)));
  return due.length;
}
