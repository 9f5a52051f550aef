import { ready, type InPieces } from '../../../src/domain/pieces';
import type { Found } from '../../../src/domain/event-pattern/subscriber-index';
import type { SubscriptionSettings } from '../../../src/domain/nouns';
import { makeLateLanes } from '../../../src/route/late-lanes';
import { routeEvents, type Place } from '../../../src/route/route-events';
import { makeTurns } from '../../../src/route/turns';
import { waitUntil } from '../../support/wait-until';
import { ENDPOINT, makeEndpoint, makeSubscription, type MadeUpMessage } from '../made-up-tenant';
import { CONFIG, makeMadeUpRouter, type MadeUpRouter } from './made-up-router';

const HEAVY = 'acme.heavy';
const of = (tenant: string, routingKey = 'order.placed'): MadeUpMessage => ({
  routingKey,
  properties: { headers: { tenant } },
});

const ORDERED = new Map([[ENDPOINT, makeEndpoint({ ordered: true })]]);

function makeLatch(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Two tenants with an endpoint that is ordered; matching an event of the type HEAVY goes on until it is let go. */
function makeGround(overrides: Parameters<typeof makeMadeUpRouter>[0] = {}) {
  let isHeld = true;
  function* subscribersOf(type: string): InPieces<Found<SubscriptionSettings>> {
    while (type === HEAVY && isHeld) yield;
    return yield* ready({ found: [makeSubscription()], undecided: [] });
  }
  const config = { ...CONFIG, endpoints: ORDERED, subscribersOf };
  const other = { ...config, tenantId: 'ten_other', slug: 'other' };
  const router = makeMadeUpRouter({
    findConfig: (ref) => Promise.resolve(ref === 'other' ? other : config),
    ...overrides,
  });
  const failures: unknown[] = [];
  const lanes = makeLateLanes((error) => failures.push(error));
  const takeTurn = makeTurns();
  const route = async (...names: [string, MadeUpMessage][]): Promise<void> => {
    const place: Place = { turn: takeTurn(), lanes };
    const messages = names.map(([name, made]) => router.message(name, made));
    await routeEvents(router.deps, messages, place).finally(() => place.turn.end());
  };
  return { router, lanes, failures, route, letGo: () => (isHeld = false) };
}

const acked = ({ steps }: MadeUpRouter): string[] =>
  steps.filter((step) => step.startsWith('ack ')).map((step) => step.slice(4));

describe('an event that takes long to match', () => {
  it('keeps no other tenant’s waiting, not in its batch and not behind it, where order counts', async () => {
    const { router, lanes, route, letGo } = makeGround();
    await route(['bomb', of('acme', HEAVY)], ['beside', of('other')]);
    expect(acked(router)).toEqual(['beside']);
    await route(['behind', of('other')]);
    expect(acked(router)).toEqual(['beside', 'behind']);
    expect(lanes.size()).toBe(1);
    letGo();
    await waitUntil(() => lanes.size() === 0);
    expect(acked(router)).toEqual(['beside', 'behind', 'bomb']);
  });

  it('is not overtaken by its own tenant’s, by whatever name the tenant goes', async () => {
    const { router, lanes, route, letGo } = makeGround();
    await route(['first', of('acme')], ['bomb', of('acme', HEAVY)], ['second', of('acme')]);
    await route(['third', of(CONFIG.tenantId)], ['beside', of('other')]);
    await route(['fourth', of('acme')]);
    expect(acked(router)).toEqual(['first', 'beside']);
    letGo();
    await waitUntil(() => lanes.size() === 0);
    expect(acked(router)).toEqual(['first', 'beside', 'bomb', 'second', 'third', 'fourth']);
    await route(['last', of('acme')]);
    expect(acked(router).at(-1)).toBe('last');
  });

  it('is not overtaken by what came when more was known of its tenant', async () => {
    const [config, catalog] = [makeLatch(), makeLatch()];
    const { router, lanes, route } = makeGround({
      findConfig: async () => {
        await config.opened;
        return { ...CONFIG, endpoints: ORDERED };
      },
      checkEvent: async () => {
        await catalog.opened;
        return { ok: true, version: 1, lackedScope: null };
      },
    });
    // Known by the name in their messages alone, the first of one batch and the next.
    await route(['first', of('acme')]);
    await route(['second', of('acme')]);
    config.open();
    // And by the id, too.
    await route(['third', of('acme')], ['fourth', of('acme')]);
    catalog.open();
    await waitUntil(() => lanes.size() === 0);
    expect(acked(router)).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('comes again when it cannot be written before the process stops', async () => {
    const broken = (): Promise<never> => Promise.reject(new Error('stopping'));
    const { router, lanes, failures, route, letGo } = makeGround({ routeEvents: broken });
    await route(['bomb', of('acme', HEAVY)]);
    letGo();
    await waitUntil(() => lanes.size() === 0);
    expect(router.steps).toEqual(['requeue bomb']);
    expect(failures).toEqual([new Error('stopping')]);
  });
});
