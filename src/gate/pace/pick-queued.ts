import type { QueuedDelivery } from '../../domain/delivery/gate-records';
import type { GateNeeds } from '../gate-needs';
import { readyHeads, type LaneHead } from './lanes';

/** Chooses what goes next, in publish order, and of an ordered endpoint never two of one lane. */
export interface QueuePicker {
  /** At most `room`; fewer when no more can go at this moment. */
  next(room: number, ordered: boolean): Promise<QueuedDelivery[]>;
  /** Something came, somewhere: every lane is looked at once more. */
  arrived(): void;
  /** The lane's head has ended, or went to the ladder. */
  freed(lane: string): void;
}

const LANES_PER_LOOK = 500;
const FREED_PER_LOOK = 200;

/** @param busy lanes with a delivery under way in this process */
export function makeQueuePicker(
  queue: Pick<GateNeeds['queue'], 'waiting' | 'headsOf' | 'headsAfter'>,
  endpointId: string,
  busy: () => ReadonlySet<string>,
): QueuePicker {
  const freedLanes = new Set<string>();
  let cursor: string | undefined;
  /** How many rounds through all lanes are owed: an arrival in the middle of one asks for another. */
  let rounds = 1;

  async function ofFreedLanes(room: number): Promise<LaneHead[]> {
    const lanes = [...freedLanes].slice(0, FREED_PER_LOOK);
    for (const lane of lanes) freedLanes.delete(lane);
    const heads = await queue.headsOf(endpointId, lanes);
    const ready = readyHeads(heads, busy(), room);
    const left = readyHeads(heads, busy(), heads.length).slice(ready.length);
    for (const { lane } of left) freedLanes.add(lane);
    return ready;
  }

  /** @param taken lanes of which one has been chosen already */
  async function ofAllLanes(room: number, taken: ReadonlyMap<string, unknown>): Promise<LaneHead[]> {
    const { heads, next } = await queue.headsAfter(endpointId, cursor, LANES_PER_LOOK);
    const able = readyHeads(heads, busy(), heads.length).filter(({ lane }) => !taken.has(lane));
    // What has no room now is looked at again from the same place.
    if (able.length > room) return able.slice(0, room);
    cursor = next;
    if (next === undefined) rounds = Math.max(0, rounds - 1);
    return able;
  }

  return {
    async next(room, ordered) {
      if (!ordered) return queue.waiting(endpointId, room);
      const chosen = new Map<string, LaneHead>();
      const add = (heads: readonly LaneHead[]): void => {
        for (const head of heads) if (chosen.size < room) chosen.set(head.lane, head);
      };
      if (freedLanes.size > 0) add(await ofFreedLanes(room));
      while (chosen.size < room && rounds > 0) add(await ofAllLanes(room - chosen.size, chosen));
      return [...chosen.values()].sort((a, b) => a.position - b.position);
    },
    arrived: () => void (rounds = cursor === undefined ? 1 : 2),
    freed: (lane) => void freedLanes.add(lane),
  };
}
