/**
 * How much a drain lets go at once. A release costs the same for one as for many, so a backlog goes by handfuls. Beside
 * others these are small, and it rests after each: everybody else waits while one is let go and put on record. But what
 * comes is let go as it comes, also where there is a backlog: a drain that gave way without end would never end.
 */
export interface Handfuls {
  /** So many more came. */
  arrived(count: number): void;
  /** How many may go now; if none, in how many milliseconds to ask again, undefined: when one has ended. */
  next(now: Room): { size: number; againMs?: number | undefined };
  /** @returns what `letGo` says: how many it let go */
  take(letGo: () => Promise<number>): Promise<number>;
}

export interface Room {
  /** How many more the endpoint can have under way. */
  free: number;
  /** How many it may have at once. */
  limit: number;
  /** True while this process sends to others, too. */
  hasOthers: boolean;
  /** Outcomes of this process that wait to be put on record. */
  unrecorded: number;
  /** With nothing under way, or a pace to keep, few are better than none. */
  isFewEnough: boolean;
}

/** Most deliveries in one. */
const HANDFUL = 100;
const SMALL = 16;
/** So many times as long as the last one took, which says how busy the machine and the database are. */
const REST = 3;
/** A stall is not to be rested off. */
const LONGEST_REST_MS = 100;
/**
 * With so many outcomes waiting to be put on record the database is busy enough. What is let go of a backlog beyond that
 * is sent no sooner: it only makes the batches longer in which everybody else's outcomes wait.
 */
const MOST_UNRECORDED = 32;
/** What came and could not go is a backlog after a while. */
const MOST_OWED = 2 * HANDFUL;

export function makeHandfuls(nowMs: () => number = () => performance.now()): Handfuls {
  let restUntilMs = 0;
  let owed = 0;
  return {
    arrived: (count) => void (owed = Math.min(MOST_OWED, owed + count)),
    next({ free, limit, hasOthers, unrecorded, isFewEnough }) {
      const atLeast = (least: number, room: number): number =>
        room >= Math.min(limit / 4, least) || isFewEnough ? room : 0;
      if (!hasOthers) return { size: atLeast(HANDFUL, Math.min(free, HANDFUL)) };
      if (owed > 0) return { size: Math.min(free, owed, HANDFUL) };
      const restMs = restUntilMs - nowMs();
      if (restMs > 0) return { size: 0, againMs: restMs };
      return { size: atLeast(SMALL, Math.min(free, MOST_UNRECORDED - unrecorded)) };
    },
    async take(letGo) {
      const startMs = nowMs();
      const isOwed = owed > 0;
      const found = await letGo();
      if (!isOwed) restUntilMs = nowMs() + Math.min(LONGEST_REST_MS, REST * (nowMs() - startMs));
      owed = Math.max(0, owed - found);
      return found;
    },
  };
}
