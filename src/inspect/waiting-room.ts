/** Requests whose answer is held back, in one process; and of them those of one tenant, so that others find places. */
const PLACES = { all: 1000, tenant: 100 };

export interface WaitingRoom {
  /** What gives the place back, once; undefined when there is none. */
  enter(tenantId: string): (() => void) | undefined;
}

export function makeWaitingRoom(places = PLACES): WaitingRoom {
  let all = 0;
  /** Who has nobody here is not in it. */
  const byTenant = new Map<string, number>();

  return {
    enter(tenantId) {
      const own = byTenant.get(tenantId) ?? 0;
      if (all >= places.all || own >= places.tenant) return undefined;
      all++;
      byTenant.set(tenantId, own + 1);
      return () => {
        all--;
        const rest = (byTenant.get(tenantId) ?? 0) - 1;
        if (rest > 0) byTenant.set(tenantId, rest);
        else byTenant.delete(tenantId);
      };
    },
  };
}
