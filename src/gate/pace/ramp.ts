/**
 * How many requests an endpoint that comes back gets at once: few at first, twice as many with each round that goes
 * well, half as many after one that does not, and never less than a quarter of what it began with.
 */
export interface Ramp {
  limit(): number;
  succeeded(): void;
  failed(): void;
  /** From the foot again. */
  restart(from: number): void;
}

export function makeRamp(from: number, max: number): Ramp {
  let limit = Math.min(from, max);
  let least = leastOf(from);
  return {
    limit: () => Math.floor(limit),
    succeeded: () => void (limit = Math.min(max, limit + 1)),
    failed: () => void (limit = Math.max(least, limit / 2)),
    restart(again) {
      limit = Math.min(again, max);
      least = leastOf(again);
    },
  };
}

const leastOf = (from: number): number => Math.max(1, from / 4);
