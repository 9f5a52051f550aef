/**
 * A drain lets go a handful at a time, as a release costs the same for one as for many. Beside others the handfuls are
 * small, and it rests after each: everybody else waits while one is let go and put on record.
 */
export interface Handfuls {
  /** Whether the room is large enough to begin another; `limit` is how many the endpoint may have at once. */
  isRoomFor(room: number, limit: number, hasOthers: boolean): boolean;
  /** In milliseconds, until the next may begin. */
  restMs(hasOthers: boolean): number;
  /** Lets go a handful. */
  take<T>(letGo: () => Promise<T>): Promise<T>;
}

/** Most deliveries in one. */
export const HANDFUL = 100;
const SMALL = 16;
/** So many times as long as the last one took, which says how busy the machine and the database are. */
const REST = 3;
/** A stall is not to be rested off. */
const LONGEST_REST_MS = 100;

export function makeHandfuls(nowMs: () => number = () => performance.now()): Handfuls {
  let restUntilMs = 0;
  return {
    isRoomFor: (room, limit, hasOthers) => room >= Math.min(limit / 4, hasOthers ? SMALL : HANDFUL),
    restMs: (hasOthers) => (hasOthers ? Math.max(0, restUntilMs - nowMs()) : 0),
    async take(letGo) {
      const startMs = nowMs();
      const result = await letGo();
      restUntilMs = nowMs() + Math.min(LONGEST_REST_MS, REST * (nowMs() - startMs));
      return result;
    },
  };
}
