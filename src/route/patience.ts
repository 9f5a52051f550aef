import type { IsTooLate } from '../domain/pieces';

/**
 * How long the router waits for what tenants' filters and schemas say. What takes more than a moment keeps its place among
 * the events that the router holds, so a tenant has few such places: with more it is set aside for a while, and nothing is
 * waited for that its filters and schemas say. What the filters would have said is found out later: see docs/gate.md.
 */
export interface Patience {
  /** With an event of this tenant. */
  with(tenantId: string): Wait;
}

export interface Wait {
  /** True when nothing more is waited for. */
  readonly isOver: IsTooLate;
  /** Counts the event as heavy no longer than until this is done, if it is heavy. */
  during<T>(work: Promise<T>): Promise<T>;
}

export interface PatienceRules {
  /** Heavy events of one tenant at a time. */
  ofTenant: number;
  /** Heavy events of all together; with more, the tenant that has most of them is set aside. */
  ofAll: number;
  /** For how long a tenant is set aside. */
  asideMs: number;
}

/** @param onSetAside told of a tenant, each time that it is set aside */
export function makePatience(
  { ofTenant, ofAll, asideMs }: PatienceRules,
  onSetAside: (tenantId: string) => void,
  nowMs: () => number = () => performance.now(),
): Patience {
  const heavy = new Map<string, number>();
  const asideUntil = new Map<string, number>();

  function isAside(tenantId: string): boolean {
    const until = asideUntil.get(tenantId);
    if (until === undefined) return false;
    if (until > nowMs()) return true;
    asideUntil.delete(tenantId);
    return false;
  }

  function add(tenantId: string): void {
    const mine = (heavy.get(tenantId) ?? 0) + 1;
    heavy.set(tenantId, mine);
    if (mine >= ofTenant) setAside(tenantId);
    else if (ofAllTogether() >= ofAll) setAside(whoHasMost());
  }

  const ofAllTogether = (): number => [...heavy.values()].reduce((sum, mine) => sum + mine, 0);

  function setAside(tenantId: string): void {
    asideUntil.set(tenantId, nowMs() + asideMs);
    onSetAside(tenantId);
  }

  /** Of those who are not set aside: these give up what they have as soon as it is their turn. */
  function whoHasMost(): string {
    const others = [...heavy].filter(([tenantId]) => !isAside(tenantId));
    return others.reduce((most, one) => (one[1] > most[1] ? one : most))[0];
  }

  function remove(tenantId: string): void {
    const left = (heavy.get(tenantId) ?? 0) - 1;
    if (left > 0) heavy.set(tenantId, left);
    else heavy.delete(tenantId);
  }

  return {
    with(tenantId) {
      let isHeavy = false;
      return {
        isOver(pieces) {
          if (isAside(tenantId)) return true;
          if (pieces === 0 || isHeavy) return false;
          isHeavy = true;
          add(tenantId);
          return isAside(tenantId);
        },
        during: (work) =>
          work.finally(() => {
            if (isHeavy) remove(tenantId);
            isHeavy = false;
          }),
      };
    },
  };
}
