import type { GateRecord, QueuedDelivery } from '../domain/gate-records';
import type { EndpointSettings } from '../domain/nouns';
import type { DeliveryDue } from '../messages/delivery-due';
import { probeDelayMs, type Judgement } from './circuit';
import { adoptStrays } from './adopt-strays';
import { eventOf, waitMs } from './gate-facts';
import type { GateNeeds } from './gate-needs';
import { nextState, type GateEvent, type GateState } from './gate-states';
import { makePacedSender } from './paced-sender';
import { makeQueuePicker } from './pick-queued';
import { makeRamp } from './ramp';

/** An endpoint's gate in the process that owns it: the only place from which the endpoint is sent to. */
export interface RunningGate {
  tenantId: string;
  state(): GateState;
  isOver(): boolean;
  /** Something may have changed: it looks again. `seen`: its record, where somebody has just read it. */
  look(seen?: GateRecord): void;
  /** Resolves when it starts nothing any more; what is under way goes on. */
  stop(): Promise<void>;
}

/** What a gate begins with: few after trouble, as the endpoint must show that it can take more. */
const AFTER_TROUBLE = 2;
const AT_EASE = 32;
const MOST_AT_ONCE = 1000;
const PAGE = 100;
/** Deliveries of an endpoint with a rate limit are let go this long before they are sent. */
const AHEAD_MS = 400;
/** An empty gate stays for a while, or each delivery of a steady stream would open it anew. */
const LINGER_MS = 3000;
const AGAIN_AFTER_ERROR_MS = 500;
const AGAIN_WHEN_LEFT_MS = 1000;
const STRAYS_EVERY_MS = 15_000;

interface Going {
  due: DeliveryDue;
  lane: string;
  redelivered: boolean;
}

export function runGate(needs: GateNeeds, claimed: GateRecord & { orphaned: boolean }): RunningGate {
  const { endpointId, tenantId } = claimed;
  const { gates, queue } = needs;
  let record: GateRecord = claimed;
  let state: GateState = 'FREE';
  let ordered = false;
  let stopped = false;
  let isRecordOld = false;
  let activeAtMs = Date.now();
  let straysAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  /** Lane of each delivery that this owner let go and that has not ended. */
  const inFlight = new Map<string, string>();
  const picker = makeQueuePicker(queue, endpointId, () => new Set(inFlight.values()));
  const ramp = makeRamp(claimed.circuit === 'CLOSED' ? AT_EASE : AFTER_TROUBLE, MOST_AT_ONCE);
  const sender = makePacedSender<Going>((going) => void run(going));

  function move(event: GateEvent): void {
    const next = nextState(state, event);
    if (next === state) return;
    // Whatever stopped it, the endpoint has to show first what it can take.
    if (state !== 'FREE') ramp.restart(AFTER_TROUBLE);
    state = next;
  }

  async function run({ due, lane, redelivered }: Going): Promise<void> {
    let judgement: Judgement | undefined;
    try {
      judgement = await needs.dispatch(due, { redelivered, released: { ordered } });
    } catch (error) {
      needs.onError(error, endpointId);
    }
    inFlight.delete(due.id);
    picker.freed(lane);
    activeAtMs = Date.now();
    if (judgement === 'success') ramp.succeeded();
    else if (judgement === 'failure' || judgement === 'busy') ramp.failed();
    if (judgement !== 'success') isRecordOld = true;
    if (state === 'PROBING' && judgement)
      await judgeProbe(judgement, due.type).catch((error: unknown) => needs.onError(error, endpointId));
    wake();
  }

  async function judgeProbe(judgement: Judgement, type: string): Promise<void> {
    if (judgement === 'throttled') return move('throttled');
    if (judgement === 'nothing') return;
    if (judgement === 'failure' && record.circuit !== 'CLOSED') {
      const probes = record.probes + 1;
      const probeAt = new Date(Date.now() + probeDelayMs(probes, needs.rules));
      await gates.setCircuit(record, 'OPEN', { openedAt: record.openedAt, probeAt, probes });
      record = { ...record, circuit: 'OPEN', probeAt, probes };
      return move('failed');
    }
    const { openedAt } = record;
    const wasOpen = record.circuit !== 'CLOSED';
    await gates.recover(record);
    record = (await gates.read(endpointId)) ?? record;
    move('succeeded');
    needs.announce(record, 'OVERFLOW');
    // Deliveries of Warren's own events cause no further ones.
    if (wasOpen && !type.startsWith('warren.')) needs.tellRecovered({ ...record, openedAt });
  }

  /** @returns when to look again, in milliseconds; undefined: when something happens */
  async function step(): Promise<number | undefined> {
    if (!needs.holdsLease()) return AGAIN_AFTER_ERROR_MS;
    const settings = await needs.settingsOf(tenantId, endpointId);
    if (isRecordOld) {
      isRecordOld = false;
      record = (await gates.read(endpointId)) ?? record;
    }
    const event = eventOf(state, settings, record, Date.now());
    if (event) move(event);
    if (settings) {
      ordered = settings.ordered;
      sender.setRate(settings.rateLimitPerSecond, claimed.orphaned);
    }
    switch (state) {
      case 'FREE':
      case 'STOPPED':
        return undefined;
      case 'DROPPING':
        return drop(settings !== undefined);
      case 'WAITING':
        return waitMs(record, Date.now()) || undefined;
      case 'PROBING':
        return probe(settings);
      case 'DRAINING':
        return drain(settings);
    }
  }

  async function drop(exists: boolean): Promise<number | undefined> {
    const at = new Date();
    const { done } =
      exists && record.drop
        ? await queue.dropPage(endpointId, record.drop, at)
        : await queue.cancelPage(endpointId, at);
    isRecordOld = true;
    if (!done) return 0;
    if (exists) return 0;
    return closeIfEmpty();
  }

  async function probe(settings: EndpointSettings | undefined): Promise<number | undefined> {
    if (inFlight.size > 0 || !settings) return undefined;
    if (record.circuit === 'OPEN') {
      await gates.setCircuit(record, 'HALF_OPEN', record);
      record = { ...record, circuit: 'HALF_OPEN' };
    }
    await letGo(await picker.next(1, settings.ordered));
    return undefined;
  }

  async function drain(settings: EndpointSettings | undefined): Promise<number | undefined> {
    await lookForStrays(settings);
    const limit = Math.min(ramp.limit(), settings?.maxInFlight ?? MOST_AT_ONCE);
    const free = Math.min(limit - inFlight.size, needs.room(endpointId));
    const slots = sender.room(AHEAD_MS);
    if (free <= 0) return inFlight.size > 0 ? undefined : 50;
    if (slots <= 0) return Math.max(5, sender.nextSlotMs() - AHEAD_MS / 2, AHEAD_MS / 8);
    // Whole handfuls: a release costs the same for one as for many.
    if (inFlight.size > 0 && free < Math.min(limit / 4, PAGE) && sender.waiting() === 0) return undefined;
    const room = Math.min(free, slots, PAGE);
    const queued = await picker.next(room, settings?.ordered ?? false);
    if (queued.length === 0) return inFlight.size === 0 ? closeIfEmpty() : undefined;
    await letGo(queued);
    return queued.length === room ? 0 : undefined;
  }

  async function letGo(queued: readonly QueuedDelivery[]): Promise<void> {
    if (queued.length === 0) return;
    activeAtMs = Date.now();
    const released = new Set(await queue.release(endpointId, queued, new Date()));
    const going = queued.filter(({ deliveryId }) => released.has(deliveryId));
    // Before anything is awaited, so that a lane with one under way is never seen as free.
    for (const { deliveryId, lane } of going) inFlight.set(deliveryId, lane);
    await start(going, false);
  }

  async function start(going: readonly QueuedDelivery[], redelivered: boolean): Promise<void> {
    const messages = new Map(
      (await needs.dueMessages(going.map(({ deliveryId }) => deliveryId))).map((due) => [due.id, due]),
    );
    for (const { deliveryId, lane } of going) {
      const due = messages.get(deliveryId);
      if (due) sender.send({ due: redelivered ? { ...due, mayHaveTwin: true } : due, lane, redelivered });
      // Past retention: there is nothing to send any more.
      else inFlight.delete(deliveryId);
    }
  }

  async function lookForStrays(settings: EndpointSettings | undefined): Promise<void> {
    const nowMs = Date.now();
    if (nowMs - straysAtMs < STRAYS_EVERY_MS) return;
    const isFirst = straysAtMs === 0;
    straysAtMs = nowMs;
    const mine = await adoptStrays(queue, endpointId, {
      isMine: (deliveryId) => inFlight.has(deliveryId),
      nowMs,
      afterDeath: isFirst && claimed.orphaned,
    });
    for (const lane of mine.freedLanes) picker.freed(lane);
    for (const { deliveryId, lane } of mine.adopted) inFlight.set(deliveryId, lane);
    ordered = settings?.ordered ?? ordered;
    await start(mine.adopted, true);
  }

  async function closeIfEmpty(): Promise<number | undefined> {
    const settings = await needs.settingsOf(tenantId, endpointId);
    const intervalMs = settings?.rateLimitPerSecond ? 2000 / settings.rateLimitPerSecond : 0;
    const leftMs = settings ? activeAtMs + Math.max(LINGER_MS, intervalMs) - Date.now() : 0;
    if (leftMs > 0) return leftMs;
    picker.arrived();
    if (!(await gates.close(endpointId))) {
      isRecordOld = true;
      return AGAIN_WHEN_LEFT_MS;
    }
    move('emptied');
    stopped = true;
    needs.announce(record, null);
    return undefined;
  }

  async function loop(): Promise<void> {
    let delayMs: number | undefined;
    try {
      do {
        again = false;
        delayMs = await step();
      } while (!stopped && (again || delayMs === 0));
    } catch (error) {
      needs.onError(error, endpointId);
      isRecordOld = true;
      delayMs = AGAIN_AFTER_ERROR_MS;
    }
    running = undefined;
    if (stopped) return;
    clearTimeout(timer);
    if (delayMs !== undefined) timer = setTimeout(wake, Math.min(delayMs, STRAYS_EVERY_MS));
  }

  function wake(): void {
    if (stopped) return;
    again = true;
    running ??= loop();
  }

  wake();
  return {
    tenantId,
    state: () => state,
    isOver: () => stopped,
    look(seen) {
      // What was read elsewhere may be older than what this gate wrote meanwhile: it reads for itself.
      if (!seen || JSON.stringify(seen) !== JSON.stringify(bare(record))) isRecordOld = true;
      picker.arrived();
      wake();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running?.catch(() => undefined);
      // What was let go is sent: nobody else would, for a while.
      await sender.drained();
    },
  };
}

const bare = ({ orphaned: _first, ...record }: GateRecord & { orphaned?: boolean }): GateRecord => record;
