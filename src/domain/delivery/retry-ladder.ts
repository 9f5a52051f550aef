/**
 * The ladder: fixed delays, each a queue of its own in the broker, because a message's own TTL would wait behind a
 * longer one. A rung is spread over three sub-rungs, so that deliveries that failed together do not come back together.
 */

export const DEFAULT_SCHEDULE_SECONDS = [5, 30, 120, 900, 3600, 10800, 21600, 43200, 86400] as const;
const SPREAD_PERCENT = [100, 85, 115] as const;
export const MAX_RUNGS = 40;
export const MAX_RUNG_SECONDS = 7 * 86_400;

/** One queue of the ladder. The name says the delay: another delay needs another queue. */
export interface SubRung {
  /** `30`, `30-85`, `30-115`: seconds, and the percentage of them when it is not all. */
  name: string;
  ttlMs: number;
}

/** The sub-rungs of one delay. */
export function subRungsOf(seconds: number): SubRung[] {
  return SPREAD_PERCENT.map((percent) => ({
    name: percent === 100 ? String(seconds) : `${seconds}-${percent}`,
    ttlMs: Math.round(seconds * percent * 10),
  }));
}

/** Every sub-rung of a ladder, for the topology. */
export function ladderSubRungs(rungSeconds: readonly number[]): SubRung[] {
  return [...new Set(rungSeconds)].sort((a, b) => a - b).flatMap(subRungsOf);
}

/**
 * Which sub-rung of a delay a delivery takes.
 * @param random in [0, 1)
 */
export function pickSubRung(seconds: number, random: number = Math.random()): SubRung {
  const rungs = subRungsOf(seconds);
  return rungs[Math.floor(random * rungs.length)] ?? { name: String(seconds), ttlMs: seconds * 1000 };
}

/** The least rung of the ladder that is at least as long, else the longest. */
export function rungAtLeast(seconds: number, rungSeconds: readonly number[]): number {
  const sorted = [...rungSeconds].sort((a, b) => a - b);
  return sorted.find((rung) => rung >= seconds) ?? sorted.at(-1) ?? seconds;
}
