/** The first that waits, or is under way, of each ordering key. */
export interface LaneHead {
  lane: string;
  position: number;
  deliveryId: string;
  /** It is not known yet whether it is to be sent at all. */
  isUndecided: boolean;
  /** True when it was released and has not ended: on its way, or on the ladder. */
  released: boolean;
}

/**
 * Which heads may go: oldest first, none whose lane is busy.
 * @param busy lanes with a delivery under way in this process
 */
export function readyHeads<Head extends LaneHead>(
  heads: readonly Head[],
  busy: ReadonlySet<string>,
  room: number,
): Head[] {
  return heads
    .filter(({ lane, released }) => !released && !busy.has(lane))
    .sort((a, b) => a.position - b.position)
    .slice(0, Math.max(0, room));
}
