/**
 * Where events go on that are not matched in time: each tenant's one batch after another, in their order, and beside
 * everybody else's, so that nobody waits for another tenant's filters and schemas.
 */
export interface LateLanes {
  add(tenant: string, work: () => Promise<void>): void;
  /** True while something of the tenant is on its lane: what must not overtake it joins it. */
  isTaken(tenant: string): boolean;
  /** Batches that wait or are under way. */
  size(): number;
}

/** @param onFailure told of work that failed; what came after it goes on */
export function makeLateLanes(onFailure: (error: unknown) => void): LateLanes {
  const lasts = new Map<string, Promise<void>>();
  let size = 0;
  return {
    add(tenant, work) {
      size++;
      const mine: Promise<void> = (lasts.get(tenant) ?? Promise.resolve())
        .then(work)
        .catch(onFailure)
        .then(() => {
          size--;
          if (lasts.get(tenant) === mine) lasts.delete(tenant);
        });
      lasts.set(tenant, mine);
    },
    isTaken: (tenant) => lasts.has(tenant),
    size: () => size,
  };
}
