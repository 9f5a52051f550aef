import { LRUCache } from 'lru-cache';
import { matchesFilter, type DeliveryFilter } from '../domain/delivery/delivery-filter';
import type { Round, RoundPlace } from '../domain/round-place';
import type { DeliveryChange } from '../messages/delivery-change';
import { isAborted } from '../runtime/is-aborted';

/** A change as those see it who watch all tenants: with the round that it is told in. */
export type ToldChange = DeliveryChange & { round?: Round };

export interface RoundPage {
  changes: ToldChange[];
  reached: RoundPlace;
}

/** What watching all tenants needs of the rest of the house; see src/store/changes/change-rounds.ts. */
export interface AllTenantsDeps {
  gather(tenantIds?: readonly string[]): Promise<Round>;
  read(place: RoundPlace, upTo: Round): Promise<RoundPage>;
  /** Begin and end to hear the status messages of every tenant. */
  listen(on: boolean): void;
  onError(error: unknown): void;
}

/** An operator's view over all tenants: their changes, once, in rounds that every process reads alike. */
export interface AllTenants {
  /** A status message came in; it is a hint that there is something for a round. */
  heard(change: DeliveryChange): void;
  /** Asks the database whether there is, whatever messages say. */
  checkAll(): Promise<void>;
  /** A place behind all that has been committed. */
  newest(): Promise<RoundPlace>;
  watch(request: AllTenantsRequest): AsyncGenerator<ToldChange[], void, undefined>;
}

export interface AllTenantsRequest {
  filter: DeliveryFilter;
  /** Everything after this place first; left out: from now on. */
  after?: RoundPlace;
  signal: AbortSignal;
}

const GATHER_MS = 100;
/** A hint for more tenants than this is one to look at all of them. */
const MOST_HINTS = 200;
/** The most that is handed over at once. */
const PIECE = 100;
/** Those who watch read the same pages at about the same time. */
const PAGES_KEPT = 50;

export function makeAllTenants(deps: AllTenantsDeps): AllTenants {
  const pages = new LRUCache<string, Promise<RoundPage>>({ max: PAGES_KEPT });
  const hints = new Set<string>();
  let gathering: NodeJS.Timeout | undefined;
  let watchers = 0;
  let newest: Round = { number: 0, atMs: 0 };
  let wakes: (() => void)[] = [];

  async function gather(tenantIds?: readonly string[]): Promise<Round> {
    const round = await deps.gather(tenantIds);
    if (round.number > newest.number) {
      newest = round;
      for (const wake of wakes.splice(0)) wake();
    }
    return round;
  }

  function gatherHints(): void {
    gathering = undefined;
    const tenantIds = hints.size > MOST_HINTS ? undefined : [...hints];
    hints.clear();
    gather(tenantIds).catch((error: unknown) => deps.onError(error));
  }

  /** What is between two places never changes, so that a page can be kept. */
  function readPage(place: RoundPlace, upTo: Round): Promise<RoundPage> {
    const key = JSON.stringify([place.round.number, place.within, upTo.number]);
    let page = pages.get(key);
    if (!page) {
      page = deps.read(place, upTo);
      pages.set(key, page);
      page.catch(() => pages.delete(key));
    }
    return page;
  }

  return {
    heard({ tenantId }) {
      if (watchers === 0) return;
      hints.add(tenantId);
      gathering ??= setTimeout(gatherHints, GATHER_MS);
    },
    async checkAll() {
      if (watchers > 0) await gather();
    },
    newest: async () => ({ round: await gather() }),

    async *watch({ filter, after, signal }) {
      if (++watchers === 1) deps.listen(true);
      try {
        const round = await gather();
        let place = after ?? { round };
        while (!signal.aborted) {
          if (place.round.number >= newest.number && !place.within) {
            await grown(signal);
            continue;
          }
          const { changes, reached } = await readPage(
            place,
            newest.number > place.round.number ? newest : place.round,
          );
          place = reached;
          const passing = changes.filter((change) => matchesFilter(change, filter));
          for (let at = 0; at < passing.length; at += PIECE) {
            if (isAborted(signal)) return;
            yield passing.slice(at, at + PIECE);
          }
        }
      } finally {
        if (--watchers === 0) deps.listen(false);
      }
    },
  };

  function grown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        wakes = wakes.filter((other) => other !== wake);
        resolve();
      };
      wakes.push(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
