import type { DeliveryDue } from '../messages/delivery-due';

/** What scheduled deliveries need of the rest of the house. */
export interface ScheduleDeps {
  /**
   * Takes deliveries whose time has come: PENDING when their endpoint may be sent to by anybody, else HELD for another
   * reason and in the queue of its gate.
   */
  takeScheduled(
    now: Date,
    limit: number,
  ): Promise<{ pending: string[]; queued: { tenantId: string; endpointId: string }[] }>;
  dueMessages(ids: readonly string[]): Promise<DeliveryDue[]>;
  sendDue(due: DeliveryDue): Promise<void>;
  nudge(gate: { tenantId: string; endpointId: string }): void;
}

const PAGE = 200;

/**
 * Any worker may do it: what one has taken is no longer SCHEDULED for another. Should it die before the messages are
 * sent, the sweep finds the deliveries overdue.
 * @returns how many it took
 */
export async function releaseScheduled(deps: ScheduleDeps, now: Date): Promise<number> {
  let taken = 0;
  for (;;) {
    const { pending, queued } = await deps.takeScheduled(now, PAGE);
    await Promise.all((await deps.dueMessages(pending)).map((due) => deps.sendDue(due)));
    for (const gate of queued) deps.nudge(gate);
    taken += pending.length + queued.length;
    if (pending.length + queued.length < PAGE) return taken;
  }
}
