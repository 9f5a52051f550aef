import { attemptDelivery, type DeliverDeps } from '../../../src/deliver/attempt-delivery';
import type { OutgoingRequest } from '../../../src/deliver/build-request';
import type { DeliveryState } from '../../../src/domain/delivery/delivery-records';
import { holdReasonOf, type PassingReason } from '../../../src/domain/delivery/hold-reason';
import type { EndpointSettings } from '../../../src/domain/nouns';
import type { Answer } from '../../../src/domain/delivery/outcome';
import type { Released } from '../../../src/domain/delivery/recorded-outcome';
import { encodeDue, parseDue, type DeliveryDue } from '../../../src/messages/delivery-due';
import { dueOf } from '../../../src/record/move-by-hand';
import { recordOutcome, resumeAfterRecord, type RecordDeps } from '../../../src/record/record-outcome';
import type { IntoFirstWrite } from '../../../src/route/route-deps';
import type { Database } from '../../../src/store/database';
import { makeDeliveryStore } from '../../../src/store/deliveries/delivery-store';
import { makeRecordStore } from '../../../src/store/deliveries/record-store';
import { makeGround, LADDER, SCHEDULE, type Ground } from './ground';

/** After which step a process dies: the request, the commit, or the sending of what follows. */
export type DeathPoint = 'posted' | 'written' | 'sent';

/** A message on the broker. */
export interface Message {
  due: DeliveryDue;
  redelivered: boolean;
  /** Which move of the delivery it speaks of, as the reference counts them; it fills this in. */
  version?: number;
}

/** A request that has been made and not been answered. */
export interface Work extends Message {
  released?: Released;
  /** By the router, without a message of its own on the broker. */
  isDirect?: boolean;
  /** Attempted before its event is written. */
  intoFirstWrite?: IntoFirstWrite | undefined;
  dieAt?: DeathPoint | undefined;
  answer?: (answer: Answer) => void;
  /** False when the process died. */
  done: Promise<boolean>;
}

export interface Request {
  id: string;
  number: number;
  request: OutgoingRequest;
  endpoint: EndpointSettings;
}

/** Broker and receivers in memory, database and everything between them real: one step at a time, in any order. */
export interface House extends Ground {
  deliver: Message[];
  rungs: Message[];
  dead: string[];
  underWay: Work[];
  requests: Request[];
  /** What each endpoint's gate says. */
  passing: Map<string, PassingReason>;
  holdReason(due: DeliveryDue): ReturnType<typeof holdReasonOf>;
  /** Begins an attempt; resolves when its request is made, or when it ended without one. */
  begin(message: Message, how?: How): Promise<Work>;
  sendDue(due: DeliveryDue): Promise<void>;
  dueMessages(ids: readonly string[]): Promise<DeliveryDue[]>;
  statesOf(ids: readonly string[]): Promise<Map<string, DeliveryState>>;
}

type How = Pick<Work, 'dieAt' | 'released' | 'isDirect' | 'intoFirstWrite'>;

export class Died extends Error {}

export async function openHouse(database: Database): Promise<House> {
  const ground = await makeGround(database);
  const { endpoints, subscriptions } = ground;
  const deliveries = makeDeliveryStore(database);
  const record = makeRecordStore(database);
  const passing = new Map<string, PassingReason>();
  const put = (queue: Message[], due: DeliveryDue): Promise<void> => {
    queue.push({ due: parseDue(encodeDue(due)), redelivered: false });
    return Promise.resolve();
  };
  const house: House = {
    ...ground,
    ...{ deliver: [], rungs: [], dead: [], underWay: [], requests: [], passing },
    holdReason(due) {
      const endpoint = endpoints.get(due.endpointId);
      return endpoint && holdReasonOf(endpoint, passing.get(endpoint.id), due);
    },
    begin,
    sendDue: (due) => put(house.deliver, due),
    dueMessages: async (ids) =>
      (await deliveries.materialOf(ids)).map((material) => dueOf(material, new Date())),
    statesOf: (ids) => deliveries.statesOf(ids),
  };

  const recordDeps = (work: Work): RecordDeps => ({
    async write(outcome) {
      const [recorded] = await record.recordOutcomes([outcome], new Date());
      if (work.dieAt === 'written') throw new Died();
      if (!recorded) throw new Error('nothing was recorded');
      return recorded;
    },
    sendToRung: (_name, due) => put(house.rungs, due),
    sendToDeadLetters: ({ id }) => Promise.resolve(void house.dead.push(id)),
    disableEndpoint: () => Promise.resolve(),
    publishOperational: () => Promise.resolve(),
    announce: () => undefined,
    nudgeGate: () => undefined,
    persistently: (_what, work) => work(0),
    now: () => new Date(),
  });

  const deliverDeps = (work: Work, onRequest: () => void): DeliverDeps => ({
    findEndpoint: (_tenant, id) => Promise.resolve(endpoints.get(id)),
    findSubscription: (_tenant, id) => Promise.resolve(subscriptions.find((one) => one.id === id)),
    shapeData: () => ({ ok: false, reason: 'nobody asks for it' }),
    stateOf: async (id) => (await deliveries.statesOf([id])).get(id),
    eventData: (id) => deliveries.eventData(id),
    holdReason: (_endpoint, due) => house.holdReason(due),
    seen: () => (work.dieAt === 'posted' ? Promise.reject(new Died()) : Promise.resolve()),
    downgrade: ({ version, data }) => Promise.resolve({ ok: true, version, data, isDerived: false }),
    send(request) {
      const endpoint = endpoints.get(work.due.endpointId);
      if (!endpoint) throw new Error('sent to an endpoint that is gone');
      house.requests.push({ id: work.due.id, number: work.due.attempt, request, endpoint });
      onRequest();
      return new Promise((answer) => (work.answer = answer));
    },
    defaultSchedule: SCHEDULE,
    userAgent: 'model',
    ownPayload: () => undefined,
  });

  /** As the roles put the stages together: roles/worker/dispatching.ts. */
  async function attemptAndRecord(work: Work, onRequest: () => void): Promise<void> {
    const { due, redelivered, released, intoFirstWrite } = work;
    const isLetGo = released !== undefined && released.takenBack !== true;
    const deps = recordDeps(work);
    const result = await attemptDelivery(deliverDeps(work, onRequest), due, {
      redelivered,
      released: isLetGo,
      isUnwritten: intoFirstWrite !== undefined,
    });
    if (result.kind === 'obsolete') return;
    if (result.kind === 'settled-before') await resumeAfterRecord(deps, due, result.state, LADDER);
    else await recordOutcome(deps, due, { ...result, ...(released ? { released } : {}), intoFirstWrite });
    if (work.dieAt === 'sent') throw new Died();
  }

  async function begin(message: Message, how: How = {}): Promise<Work> {
    let onRequest: () => void = () => undefined;
    const requested = new Promise<void>((resolve) => (onRequest = resolve));
    const work: Work = { ...message, ...how, done: Promise.resolve(true) };
    house.underWay.push(work);
    work.done = attemptAndRecord(work, onRequest)
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof Died) return false;
          throw error;
        },
      )
      .finally(() => (house.underWay = house.underWay.filter((one) => one !== work)));
    await Promise.race([requested, work.done]);
    return work;
  }

  return house;
}
