import { adoptStrays } from '../../../src/gate/adopt-strays';
import { makeQueuePicker } from '../../../src/gate/pace/pick-queued';
import type { Answer } from '../../../src/domain/delivery/outcome';
import type { Received } from '../../../src/messages/received';
import { cancelDelivery, resentDue, retryDelivery, type MoveDeps } from '../../../src/record/move-by-hand';
import { makeFirstAttempts, type FirstAttemptDeps } from '../../../src/route/attempt-first';
import type { RouteDeps } from '../../../src/route/route-deps';
import { routeEvents } from '../../../src/route/route-events';
import { sweepOverdue } from '../../../src/route/sweep-overdue';
import type { Database } from '../../../src/store/database';
import { makeDeliveryStore } from '../../../src/store/deliveries/delivery-store';
import { makeGateDrops } from '../../../src/store/gate/gate-drops';
import { newOwner } from '../../../src/store/gate/gate-owner';
import { makeGateQueue } from '../../../src/store/gate/gate-queue';
import { makeGateStore } from '../../../src/store/gate/gate-store';
import { makeRoutingStore } from '../../../src/store/events/routing-store';
import { Died, type DeathPoint, type House, type Work } from './house';
import { makePatience } from '../../../src/route/patience';
import { makeTurnTaking } from '../../../src/runtime/turn-taking';

/** An event's message in the queue `route`. */
export interface EventMessage {
  type: string;
  key: string;
  orderingKey: string;
  redelivered: boolean;
}

/** An endpoint's gate, as its owner has it in memory. */
interface OwnedGate {
  owner: Buffer;
  /** The owner before it died, and what it had let go has not been looked for yet. */
  orphaned: boolean;
  /** Lane of each delivery that it has let go. */
  lanes: Map<string, string>;
}

const HOUR_MS = 3_600_000;

export type Steps = ReturnType<typeof makeSteps>;

/** What routers, gates' owners, people and the sweep do in a house, each with the real code and store. */
export function makeSteps(database: Database, house: House) {
  const { config, endpoints } = house;
  const routing = makeRoutingStore(database);
  const deliveries = makeDeliveryStore(database);
  const gates = makeGateStore(database);
  const drops = makeGateDrops(database);
  const queue = makeGateQueue(database);
  const route: EventMessage[] = [];
  let sweeps = 0;
  const owned = new Map<string, OwnedGate>();
  for (const id of endpoints.keys()) owned.set(id, { owner: newOwner(), orphaned: false, lanes: new Map() });

  const gateOf = (endpointId: string): OwnedGate => owned.get(endpointId) as OwnedGate;

  /** An owner's work ends with its process, whatever became of the request. */
  function watch(endpointId: string, work: Work): void {
    const { lanes } = gateOf(endpointId);
    void work.done.then((lived) => (lived ? lanes.delete(work.due.id) : ownerDies(endpointId)));
  }

  function ownerDies(endpointId: string): void {
    const { lanes } = gateOf(endpointId);
    house.underWay = house.underWay.filter(({ due, released }) => !released || !lanes.has(due.id));
    owned.set(endpointId, { owner: newOwner(), orphaned: true, lanes: new Map() });
  }

  async function sendLetGo(
    endpointId: string,
    going: readonly { deliveryId: string; lane: string }[],
    how: { redelivered: boolean; takenBack: boolean },
  ): Promise<string[]> {
    const { lanes } = gateOf(endpointId);
    const ordered = endpoints.get(endpointId)?.ordered ?? false;
    for (const { deliveryId, lane } of going) lanes.set(deliveryId, lane);
    for (const due of await house.dueMessages(going.map(({ deliveryId }) => deliveryId))) {
      const { redelivered, takenBack } = how;
      const message = { due: redelivered ? { ...due, mayHaveTwin: true as const } : due, redelivered };
      watch(endpointId, await house.begin(message, { released: { ordered, takenBack } }));
    }
    return going.map(({ deliveryId }) => deliveryId);
  }

  const isShut = (endpointId: string): boolean =>
    endpoints.get(endpointId)?.status !== 'ACTIVE' ||
    ['CIRCUIT', 'RETRY_AFTER'].includes(house.passing.get(endpointId) ?? '');

  async function lookForStrays(endpointId: string, afterDeath: boolean, nowMs: number): Promise<string[]> {
    const { owner, lanes } = gateOf(endpointId);
    const { adopted } = await adoptStrays(
      { ...queue, adopt: (id, positions) => queue.adopt(id, owner, positions, new Date()) },
      endpointId,
      { nowMs, afterDeath, isMine: (id) => lanes.has(id) },
    );
    return sendLetGo(endpointId, adopted, { redelivered: true, takenBack: isShut(endpointId) });
  }

  const routeDeps = (
    isDirect: boolean,
    dieAt: DeathPoint | undefined,
    begun: Promise<Work>[],
  ): RouteDeps => ({
    rules: { maxEventBytes: 1000, maxDelayMs: 0, isSealed: () => false },
    findConfig: () => Promise.resolve(config),
    checkEvent: () => Promise.resolve({ ok: true, version: 1, lackedScope: null }),
    inTurns: makeTurnTaking(),
    patience: makePatience({ ofTenant: Infinity, ofAll: Infinity, asideMs: 0 }, () => undefined),
    mayPublish: () => true,
    passingReason: (id) => house.passing.get(id),
    now: () => new Date(),
    persistently: (_what, work) => work(0),
    async routeEvents(batch, at) {
      const routed = await routing.routeEvents(batch, at);
      if (dieAt === 'written') throw new Error('died');
      return routed;
    },
    sendDue: (due) =>
      house.sendDue(due).then(() => (dieAt === 'sent' ? Promise.reject(new Error('died')) : undefined)),
    ...(isDirect ? { dispatchDirectly: (dues) => dispatchDirectly(dues, begun) } : {}),
    reject: (_message, code) => Promise.reject(new Error(`a good event was refused: ${code}`)),
    announce: () => undefined,
    nudgeGate: () => undefined,
    observe: () => undefined,
  });

  function dispatchDirectly(
    dues: Parameters<NonNullable<RouteDeps['dispatchDirectly']>>[0],
    begun: Promise<Work>[],
  ) {
    const works = dues.map((due) => house.begin({ due, redelivered: false }, { isDirect: true }));
    begun.push(...works);
    return allLived(works);
  }

  async function allLived(works: readonly Promise<Work>[]): Promise<void> {
    const lived = await Promise.all(works.map(async (work) => (await work).done));
    if (!lived.every(Boolean)) throw new Error('died');
  }

  /** The next message of the queue `route`. */
  function takeNext() {
    const message = route.shift();
    if (!message) return undefined;
    let end: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => (end = resolve));
    const received: Received = {
      body: Buffer.from('{}'),
      ...{ routingKey: message.type, redelivered: message.redelivered },
      properties: {
        messageId: message.key,
        headers: { tenant: config.slug, 'ordering-key': message.orderingKey },
      },
      ack: () => end(),
      requeue() {
        route.push({ ...message, redelivered: true });
        end();
      },
    };
    return { received, isOver };
  }

  const moveDeps = (isSent: boolean): MoveDeps => ({
    ...deliveries,
    sendDue: (due) => (isSent ? house.sendDue(due) : Promise.reject(new Error('died'))),
    announce: () => undefined,
  });

  return {
    route,
    ownerDies,
    gateOf,
    isShut,

    async routeNext(isDirect: boolean, dieAt?: DeathPoint): Promise<void> {
      const next = takeNext();
      if (!next) return;
      const begun: Promise<Work>[] = [];
      await routeEvents(routeDeps(isDirect, dieAt, begun), [next.received]).catch(() =>
        next.received.requeue(),
      );
      await Promise.all(begun);
    },

    /** Where it may, attempts before it writes, and every attempt has the same answer. @returns those attempts */
    async attemptNext(answer: Answer, dieAt?: DeathPoint): Promise<Work[]> {
      const next = takeNext();
      if (!next) return [];
      const begun: Promise<Work>[] = [];
      const first: Promise<Work>[] = [];
      const deps = routeDeps(true, undefined, begun);
      const dispatch: FirstAttemptDeps['dispatchDirectly'] = (dues, intoFirstWrite) => {
        if (!intoFirstWrite) return dispatchDirectly(dues, begun);
        const how = { isDirect: true, intoFirstWrite, dieAt };
        first.push(...dues.map((due) => house.begin({ due, redelivered: false }, how)));
        return allLived(first);
      };
      const firstAttempts = makeFirstAttempts({
        ...deps,
        dispatchDirectly: dispatch,
        claimIds: (events) => routing.claimIds(events, new Date()),
        async writeAttempted(event) {
          const [routed] = await routing.routeEvents([event], new Date());
          if (dieAt === 'written' || !routed) throw new Died();
          return routed;
        },
        now: () => new Date(),
      });
      await routeEvents({ ...deps, dispatchDirectly: dispatch, first: firstAttempts }, [next.received]);
      await Promise.all(begun);
      const works = await Promise.all(first);
      for (const work of works) work.answer?.(answer);
      await Promise.all(works.map(({ done }) => done));
      if (works.length > 0) await next.isOver;
      return works;
    },

    retry: (id: string, isSent: boolean) => retryDelivery(moveDeps(isSent), null, id),
    cancel: (id: string) => cancelDelivery(moveDeps(true), null, id),

    /** Each an hour after the one before, so that what that sent is overdue again. @returns which it sent again */
    async sweep(): Promise<string[]> {
      const sent: string[] = [];
      await sweepOverdue(
        {
          readyCount: () => Promise.resolve(0),
          claimOverdue: (before, until, limit) => deliveries.claimOverdue(before, until, limit),
          dueMessages: async (ids) =>
            (await deliveries.materialOf(ids)).map((material) => resentDue(material, new Date())),
          sendDue: (due) => (sent.push(due.id), house.sendDue(due)),
        },
        new Date(Date.now() + ++sweeps * HOUR_MS),
      );
      return sent;
    },

    async resume(endpointId: string, superseded: boolean): Promise<void> {
      const endpoint = endpoints.get(endpointId);
      if (!endpoint) return;
      house.passing.delete(endpointId);
      await gates.resume({ endpointId, tenantId: endpoint.tenantId }, { olderThan: null, superseded });
      endpoints.set(endpointId, { ...endpoint, status: 'ACTIVE' });
    },

    /** One look of a gate's owner. @returns what it let go anew, and what it took over */
    async gateLooks(endpointId: string, room: number): Promise<{ released: string[]; adopted: string[] }> {
      const record = await gates.read(endpointId);
      if (record?.drop) await drops.dropPage(endpointId, record.drop, new Date());
      const gate = gateOf(endpointId);
      const adopted = gate.orphaned ? await lookForStrays(endpointId, true, Date.now()) : [];
      gate.orphaned = false;
      if (isShut(endpointId)) return { released: [], adopted };
      const picker = makeQueuePicker(queue, endpointId, () => new Set(gate.lanes.values()));
      const queued = await picker.next(room, endpoints.get(endpointId)?.ordered ?? false);
      const released = new Set(await queue.release(endpointId, gate.owner, queued, new Date()));
      const going = queued.filter(({ deliveryId }) => released.has(deliveryId));
      await sendLetGo(endpointId, going, { redelivered: false, takenBack: false });
      return { released: [...released], adopted };
    },

    /** As after minutes: longer than any request takes. */
    lookForLost: (endpointId: string) => lookForStrays(endpointId, false, Date.now() + 100_000),
  };
}
