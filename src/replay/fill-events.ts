import { deliveryIdFor } from '../domain/ids';
import type { WarrenEvent } from '../domain/nouns';
import type { ReplayJob, ReplayStep, ReplayedDelivery } from '../domain/replay';
import type { RoutingTarget } from '../domain/routing/routed-event';
import type { DeliveryChange } from '../messages/delivery-change';

/** The part of a tenant's configuration that a backfill reads. */
export interface FillConfig {
  slug: string;
  /** By their event types alone, whatever their filters say. */
  subscribersOf(type: string): { id: string; endpointId: string }[];
  /**
   * Who gets the event, and whether it has to wait, as the router finds it; nobody, when the tenant may not get its
   * type.
   */
  targetsOf(event: WarrenEvent): Promise<RoutingTarget[]>;
}

export interface EventToFill {
  event: WarrenEvent;
  targets: RoutingTarget[];
}

export interface FillDeps {
  readEvents(
    job: ReplayJob,
    wantedBy: (type: string) => number,
  ): Promise<{ events: WarrenEvent[]; reached: Buffer | undefined }>;
  /** One transaction; see store/replays/replay-batches.ts. */
  fillNext(job: ReplayJob, events: EventToFill[], reached: Buffer): Promise<ReplayStep>;
  announce(change: DeliveryChange): void;
  /** Something is held: its gate's owner shall look. */
  nudgeGate(gate: { tenantId: string; endpointId: string }): void;
}

/** The next events of a backfill get the deliveries that they lack. */
export async function fillEvents(deps: FillDeps, job: ReplayJob, config: FillConfig): Promise<ReplayStep> {
  const { endpointId, subscriptionId } = job.selection;
  const isSelected = (target: { endpointId: string; subscriptionId: string }): boolean =>
    target.endpointId === endpointId &&
    (subscriptionId === undefined || target.subscriptionId === subscriptionId);
  const wantedBy = (type: string): number =>
    config.subscribersOf(type).filter(({ id, ...at }) => isSelected({ ...at, subscriptionId: id })).length;
  const { events, reached } = await deps.readEvents(job, wantedBy);
  if (!reached) return { kind: 'phase-ended' };
  const toFill = await Promise.all(
    events.map(async (event) => ({ event, targets: (await config.targetsOf(event)).filter(isSelected) })),
  );
  const result = await deps.fillNext(job, toFill, reached);
  if (result.kind === 'moved') tellHeld(deps, config.slug, toFill, result.moved);
  return result;
}

/** Nothing is sent of what has to wait: its gate has it, and those who watch hear of it here. */
function tellHeld(
  deps: FillDeps,
  tenantSlug: string,
  filled: readonly EventToFill[],
  moved: readonly ReplayedDelivery[],
): void {
  const seqs = new Map(moved.map(({ id, seq }) => [id, seq]));
  for (const { event, targets } of filled) {
    const { tenantId, id: eventId, type: eventType } = event;
    for (const { endpointId, subscriptionId, status } of targets) {
      const deliveryId = deliveryIdFor(eventId, subscriptionId);
      const seq = seqs.get(deliveryId);
      if (status !== 'HELD' || seq === undefined) continue;
      deps.nudgeGate({ tenantId, endpointId });
      const ids = { tenantId, tenantSlug, deliveryId, eventId, endpointId };
      deps.announce({ ...ids, seq, eventType, status, attempt: 0, atMs: Date.now() });
    }
  }
}
