/**
 * What one check of one event may cost. Schemas come from tenants: without a bound, a few references that double at each
 * level, or a long list of required names over a long list of items, would stop everybody's events.
 */
export interface Meter {
  /** Throws Exhausted when there is less left. */
  spend(steps: number): void;
  refill(steps: number): void;
}

export class Exhausted extends Error {
  constructor() {
    super('checking the data against its schema takes too many steps');
    this.name = 'Exhausted';
  }
}

export function makeMeter(): Meter {
  let left = 0;
  return {
    spend(steps) {
      left -= steps;
      if (left < 0) throw new Exhausted();
    },
    refill: (steps) => void (left = steps),
  };
}
