import { setTimeout as sleep } from 'node:timers/promises';
import type { InspectedRequest } from '../domain/inspector';
import { isAborted } from '../runtime/is-aborted';

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
  const watched = new Map<string, number>();
  let looking: Promise<Map<string, InspectedRequest[]>> | undefined;

  async function look(ids: readonly string[]): Promise<Map<string, InspectedRequest[]>> {
    const found = new Map<string, InspectedRequest[]>();
    for (const request of await since(ids, new Date(Date.now() - OVERLAP_MS))) {
      found.set(request.inspectorId, [...(found.get(request.inspectorId) ?? []), request]);
    }
    return found;
  }

  /** The next look that begins after now, shared by all who ask before it begins. */
  function nextLook(): Promise<Map<string, InspectedRequest[]>> {
    looking ??= sleep(pauseMs).then(() => {
      looking = undefined;
      return look([...watched.keys()]);
    });
    return looking;
  }

  return {
    async *watch(inspectorId, signal) {
      watched.set(inspectorId, (watched.get(inspectorId) ?? 0) + 1);
      try {
        let seen = idsOf((await look([inspectorId])).get(inspectorId));
        while (!isAborted(signal)) {
          const requests = (await nextLook()).get(inspectorId);
          const fresh = requests?.filter(({ id }) => !seen.has(id)) ?? [];
          // What is no longer in the overlap does not come back.
          seen = idsOf(requests);
          if (fresh.length > 0 && !isAborted(signal)) yield fresh;
        }
      } finally {
        const left = (watched.get(inspectorId) ?? 1) - 1;
        if (left > 0) watched.set(inspectorId, left);
        else watched.delete(inspectorId);
      }
    },
  };
}

const idsOf = (requests: readonly InspectedRequest[] = []): ReadonlySet<string> =>
  new Set(requests.map(({ id }) => id));
