import type { InspectedRequest } from '../domain/inspector';
import { isAborted } from '../runtime/is-aborted';
import { makeSharedLook } from './shared-look';

export interface InspectorWatchDeps {
  /** Of these inspectors, what came at `since` or later, in order. */
  since: (inspectorIds: readonly string[], since: Date) => Promise<InspectedRequest[]>;
  /** Between two looks. */
  pauseMs: number;
}

export interface InspectorWatching {
  /** Each request that comes from now on, once. */
  watch(inspectorId: string, signal: AbortSignal): AsyncGenerator<InspectedRequest[], void, undefined>;
}

/** Ids are in the order in which requests came, not in which they were written: what is this late is still found. */
const OVERLAP_MS = 10_000;

/**
 * Whichever process took a request, it is in the database. All inspectors that are watched in this process cost one
 * statement a look, however many watch them.
 */
export function makeInspectorWatching({ since, pauseMs }: InspectorWatchDeps): InspectorWatching {
  async function look(ids: readonly string[]): Promise<Map<string, InspectedRequest[]>> {
    const found = new Map<string, InspectedRequest[]>();
    for (const request of await since(ids, new Date(Date.now() - OVERLAP_MS))) {
      found.set(request.inspectorId, [...(found.get(request.inspectorId) ?? []), request]);
    }
    return found;
  }

  const shared = makeSharedLook(look, pauseMs);

  return {
    async *watch(inspectorId, signal) {
      const leave = shared.join(inspectorId);
      try {
        let seen = idsOf((await look([inspectorId])).get(inspectorId));
        while (!isAborted(signal)) {
          const requests = await shared.next(inspectorId);
          const fresh = requests?.filter(({ id }) => !seen.has(id)) ?? [];
          // What is no longer in the overlap does not come back.
          seen = idsOf(requests);
          if (fresh.length > 0 && !isAborted(signal)) yield fresh;
        }
      } finally {
        leave();
      }
    },
  };
}

const idsOf = (requests: readonly InspectedRequest[] = []): ReadonlySet<string> =>
  new Set(requests.map(({ id }) => id));
