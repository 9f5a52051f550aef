import type { DeliveryChange } from '../../../src/messages/delivery-change';
import type { WatchDeps } from '../../../src/watch/tenant-streams';
import { TENANT, makeChange } from '../made-up-tenant';

/** The change log of one tenant, in memory, and who listens to its status messages. */
export interface MadeUpLog {
  deps: WatchDeps;
  changes: DeliveryChange[];
  bound: Set<string>;
  errors: unknown[];
  reads: number;
  /** Commits the next change, and gives it, for whoever wants to announce it. */
  commit(changes?: Partial<DeliveryChange>): DeliveryChange;
}

export function makeMadeUpLog(overrides: Partial<WatchDeps> = {}): MadeUpLog {
  const log: MadeUpLog = {
    changes: [],
    bound: new Set(),
    errors: [],
    reads: 0,
    commit(changes = {}) {
      const change = makeChange(log.changes.length + 1, changes);
      log.changes.push(change);
      return change;
    },
    deps: {
      slugOf: (tenantId) => Promise.resolve(tenantId === TENANT ? 'acme' : undefined),
      lastSeqs: (tenantIds) => Promise.resolve(new Map(tenantIds.map((id) => [id, log.changes.length]))),
      async readLog(_tenantId, _slug, seq, limit) {
        log.reads++;
        await new Promise((resolve) => setImmediate(resolve));
        return log.changes.filter((change) => change.seq > seq).slice(0, limit);
      },
      bind: (key) => void log.bound.add(key),
      unbind: (key) => void log.bound.delete(key),
      onError: (error) => void log.errors.push(error),
      ...overrides,
    },
  };
  return log;
}
