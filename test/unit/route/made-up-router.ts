import { everyEventOf } from '../../../src/domain/settings';
import { deliveryIdFor } from '../../../src/domain/ids';
import type { SubscriptionSettings } from '../../../src/domain/nouns';
import type { DeliveryChange } from '../../../src/messages/delivery-change';
import type { DeliveryDue } from '../../../src/messages/delivery-due';
import type { RoutingConfig } from '../../../src/route/find-targets';
import type { EventToRoute, RoutedEvent } from '../../../src/domain/routing/routed-event';
import type { RouteDeps, RouteReport } from '../../../src/route/route-deps';
import {
  ENDPOINT,
  SUBSCRIPTION,
  TENANT,
  makeEndpoint,
  makeMessage,
  type MadeUpMessage,
} from '../made-up-tenant';
import { ready } from '../../../src/domain/pieces';
import { makePatience } from '../../../src/route/patience';
import { makeTurnTaking } from '../../../src/runtime/turn-taking';

/** A router whose broker and database are in memory; everything it does is noted in order. */
export interface MadeUpRouter {
  deps: RouteDeps;
  steps: string[];
  batches: EventToRoute[][];
  due: DeliveryDue[];
  changes: DeliveryChange[];
  reports: RouteReport[];
  message: (name: string, made?: MadeUpMessage) => ReturnType<typeof makeMessage>;
}

const subscription: SubscriptionSettings = {
  id: SUBSCRIPTION,
  tenantId: TENANT,
  endpointId: ENDPOINT,
  ...everyEventOf(['#']),
  enabled: true,
};

export const CONFIG: RoutingConfig = {
  tenantId: TENANT,
  slug: 'acme',
  version: 5,
  endpoints: new Map([[ENDPOINT, makeEndpoint()]]),
  subscribersOf: () => ready({ found: [subscription], undecided: [] }),
};

export function makeMadeUpRouter(overrides: Partial<RouteDeps> = {}): MadeUpRouter {
  const steps: string[] = [];
  const batches: EventToRoute[][] = [];
  const due: DeliveryDue[] = [];
  const changes: DeliveryChange[] = [];
  const reports: RouteReport[] = [];
  const deps: RouteDeps = {
    rules: { maxEventBytes: 262_144, maxDelayMs: Number.POSITIVE_INFINITY, isSealed: () => true },
    findConfig: (ref) => Promise.resolve(ref === 'acme' || ref === TENANT ? CONFIG : undefined),
    checkEvent: ({ version }) => Promise.resolve({ ok: true, version: version ?? 1, lackedScope: null }),
    routeEvents(batch) {
      steps.push('write');
      batches.push(batch);
      return Promise.resolve(batch.map(asFresh));
    },
    async sendDue(sent) {
      await turn();
      steps.push('sent');
      due.push(sent);
    },
    async reject(_message, code) {
      await turn();
      steps.push(`reject ${code}`);
    },
    inTurns: makeTurnTaking(),
    patience: makePatience({ ofTenant: Infinity, ofAll: Infinity, asideMs: 0 }, () => undefined),
    mayPublish: () => true,
    passingReason: () => undefined,
    nudgeGate: () => undefined,
    announce(change) {
      steps.push(`announce ${change.status}`);
      changes.push(change);
    },
    now: () => new Date(),
    observe: (report) => void reports.push(report),
    async persistently(_what, work) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await work(attempt);
        } catch (error) {
          if (attempt === 3) throw error;
        }
      }
    },
    ...overrides,
  };
  const message: MadeUpRouter['message'] = (name, made) =>
    makeMessage(made, (what) => void steps.push(`${what} ${name}`));
  return { deps, steps, batches, due, changes, reports, message };
}

/** What the store answers for an event that it has not seen before. */
export function asFresh(
  { event, targets }: EventToRoute,
  index: number,
): Extract<RoutedEvent, { eventId: string }> {
  return {
    kind: 'fresh',
    eventId: event.id,
    deliveries: targets.map(({ subscriptionId, endpointId, status }) => ({
      id: deliveryIdFor(event.id, subscriptionId),
      endpointId,
      subscriptionId,
      status,
      generation: 0,
      seq: index + 1,
    })),
  };
}

/** A publish takes a turn of the event loop, so that what does not wait for it shows. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
