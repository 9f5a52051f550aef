/**
 * How many requests an endpoint that comes back gets at once: few at first, twice as many with each round that goes
 * well, half as many after one that does not.
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
  return {
    limit: () => Math.floor(limit),
    succeeded: () => void (limit = Math.min(max, limit + 1)),
    failed: () => void (limit = Math.max(1, limit / 2)),
    restart: (again) => void (limit = Math.min(again, max)),
  };
}
