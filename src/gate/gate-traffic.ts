import type { GateRecord, QueuedDelivery } from '../domain/delivery/gate-records';
import type { GateSettings } from '../domain/delivery/hold-reason';
import type { DeliveryDue } from '../messages/delivery-due';
import { failpoint } from '../runtime/failpoint';
import { adoptStrays } from './adopt-strays';
import { askLate } from './late/ask-late';
import type { Judgement } from './circuit';
import type { GateNeeds } from './gate-needs';
import { makePacedSender } from './pace/paced-sender';
import { makeQueuePicker } from './pace/pick-queued';

/** What a gate has let go: released in the database, sent at the endpoint's pace, watched until it has ended. */
export interface GateTraffic {
  follow(settings: GateSettings): void;
  /**
   * Lets go the next ones.
   * @returns how many there were; as many as there is room for, where some have to be looked at again
   */
  letGo(room: number): Promise<number>;
  /**
   * Now and then, and first of all: what others have let go and nobody works on. It is sent, or held again where the
   * gate is shut.
   */
  lookForStrays(isShut: boolean): Promise<void>;
  arrived(): void;
  underWay(): number;
  isPacing(): boolean;
  /** How many the pace has room for, and when there is more, in milliseconds from now. */
  slots(): { slots: number; againMs: number };
  activeAtMs(): number;
  drained(): Promise<void>;
}

interface Going {
  due: DeliveryDue;
  lane: string;
  redelivered: boolean;
  takenBack: boolean;
}

/** Deliveries of an endpoint with a rate limit are let go this long before they are sent. */
const AHEAD_MS = 700;
const STRAYS_EVERY_MS = 10_000;

export function makeTraffic(
  needs: GateNeeds,
  claimed: Pick<GateRecord, 'endpointId' | 'tenantId'> & { orphaned: boolean },
  ended: (judgement: Judgement | undefined, due: DeliveryDue) => Promise<void>,
): GateTraffic {
  const { queue } = needs;
  const { endpointId, orphaned } = claimed;
  const nowMs = (): number => needs.now().getTime();
  let ordered = false;
  let activeAtMs = nowMs();
  let straysAtMs = 0;
  /** Lane of each delivery that this owner let go and that has not ended. */
  const inFlight = new Map<string, string>();
  const picker = makeQueuePicker(queue, endpointId, () => new Set(inFlight.values()));
  const sender = makePacedSender<Going>((going) => void run(going));

  async function run({ due, lane, redelivered, takenBack }: Going): Promise<void> {
    let judgement: Judgement | undefined;
    try {
      judgement = await needs.dispatch(due, { redelivered, released: { ordered, takenBack } });
    } catch (error) {
      needs.onError(error, endpointId);
    }
    inFlight.delete(due.id);
    picker.freed(lane);
    activeAtMs = nowMs();
    await ended(judgement, due).catch((error: unknown) => needs.onError(error, endpointId));
  }

  async function start(
    going: readonly QueuedDelivery[],
    { redelivered, takenBack }: Pick<Going, 'redelivered' | 'takenBack'>,
  ): Promise<void> {
    const messages = new Map(
      (await needs.dueMessages(going.map(({ deliveryId }) => deliveryId))).map((due) => [due.id, due]),
    );
    for (const { deliveryId, lane } of going) {
      const found = messages.get(deliveryId);
      const due: DeliveryDue | undefined = found && redelivered ? { ...found, mayHaveTwin: true } : found;
      // What is only held again needs no slot of the pace.
      if (due && takenBack) void run({ due, lane, redelivered, takenBack });
      else if (due) sender.send({ due, lane, redelivered, takenBack });
      // Past retention: there is nothing to send any more.
      else inFlight.delete(deliveryId);
    }
  }

  return {
    follow(settings) {
      ({ ordered } = settings);
      sender.setRate(settings.rateLimitPerSecond, orphaned);
    },
    async letGo(room) {
      const queued = await picker.next(room, ordered);
      if (queued.length === 0) return 0;
      activeAtMs = nowMs();
      const { wanted, lookAgain } = await askLate(needs, claimed, queued);
      for (const lane of lookAgain) picker.freed(lane);
      const released = new Set(await queue.release(endpointId, wanted, needs.now()));
      if (released.size > 0) failpoint('gate.released');
      const going: readonly QueuedDelivery[] = wanted.filter(({ deliveryId }) => released.has(deliveryId));
      // Before anything is awaited, so that a lane with one under way is never seen as free.
      for (const { deliveryId, lane } of going) inFlight.set(deliveryId, lane);
      await start(going, { redelivered: false, takenBack: false });
      return lookAgain.length > 0 ? room : queued.length;
    },
    async lookForStrays(isShut) {
      const atMs = nowMs();
      if (atMs - straysAtMs < STRAYS_EVERY_MS) return;
      const afterDeath = straysAtMs === 0 && orphaned;
      straysAtMs = atMs;
      const found = await adoptStrays(queue, endpointId, {
        ...{ nowMs: atMs, afterDeath },
        isMine: (deliveryId) => inFlight.has(deliveryId),
      });
      for (const lane of found.freedLanes) picker.freed(lane);
      for (const { deliveryId, lane } of found.adopted) inFlight.set(deliveryId, lane);
      await start(found.adopted, { redelivered: true, takenBack: isShut });
    },
    arrived: () => picker.arrived(),
    underWay: () => inFlight.size,
    isPacing: () => sender.waiting() > 0,
    slots: () => ({
      slots: sender.room(AHEAD_MS),
      againMs: Math.max(AHEAD_MS / 8, sender.nextSlotMs() - AHEAD_MS / 2),
    }),
    activeAtMs: () => activeAtMs,
    drained: () => sender.drained(),
  };
}
