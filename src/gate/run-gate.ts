import type { GateRecord } from '../domain/delivery/gate-records';
import type { EndpointSettings } from '../domain/nouns';
import { probeDelayMs, type Judgement } from './circuit';
import { eventOf, waitMs } from './gate-facts';
import type { GateNeeds } from './gate-needs';
import { nextState, type GateEvent, type GateState } from './gate-states';
import { makeTraffic } from './gate-traffic';
import { makeHandfuls } from './pace/handfuls';
import { makeRamp } from './pace/ramp';
import { MOST_OPEN } from './window/open-requests';

/** An endpoint's gate in the process that owns it: the only place from which the endpoint is sent to. */
export interface RunningGate {
  tenantId: string;
  state(): GateState;
  isOver(): boolean;
  /** Something may have changed: it looks again. `seen`: its record, where somebody has just read it. */
  look(seen?: GateRecord): void;
  /** So many more wait. A gate that is shut takes no notice, or a busy endpoint that is down would cost a look for each. */
  arrived(count: number): void;
  /** Resolves when it starts nothing any more; what is under way goes on. */
  stop(): Promise<void>;
}

/** What a gate begins with: few after trouble, as the endpoint must show that it can take more. */
const AFTER_TROUBLE = 2;
const AT_EASE = 32;
/** One that answers for so long, however well, has shown what it can take. */
const RECOVERED_MS = 60_000;
const MOST_AT_ONCE = 1000;
/** An empty gate stays for a while, or each delivery of a steady stream would open it anew. */
const LINGER_MS = 3000;
const AGAIN_AFTER_ERROR_MS = 500;
const AGAIN_WHEN_LEFT_MS = 1000;
const AGAIN_WHEN_FULL_MS = 50;
/** Hints may be lost: however long it thinks that it waits, it looks this often. */
const LOOK_MS = 15_000;

export function runGate(needs: GateNeeds, claimed: GateRecord & { orphaned: boolean }): RunningGate {
  const { endpointId, tenantId } = claimed;
  const { gates, queue } = needs;
  const nowMs = (): number => needs.now().getTime();
  let record: GateRecord = claimed;
  let state: GateState = 'FREE';
  let stopped = false;
  let isRecordOld = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  /** Goes up with every reason to look; one that comes in the middle of a step asks for another. */
  let reasons = 0;
  let drainingSinceMs = nowMs();
  const ramp = makeRamp(claimed.recovering ? AFTER_TROUBLE : AT_EASE, MOST_AT_ONCE);
  const handfuls = makeHandfuls();
  const traffic = makeTraffic(needs, claimed, async (judgement, due) => {
    if (judgement === 'success') ramp.succeeded();
    else if (judgement === 'failure' || judgement === 'busy') ramp.failed();
    if (judgement !== 'success') isRecordOld = true;
    if (state === 'PROBING' && judgement) await judgeProbe(judgement, due.type);
    wake();
  });

  function move(event: GateEvent): void {
    const next = nextState(state, event);
    if (next === state) return;
    // Whatever stopped it, the endpoint has to show first what it can take.
    if (state !== 'FREE') ramp.restart(AFTER_TROUBLE);
    drainingSinceMs = nowMs();
    state = next;
  }

  async function judgeProbe(judgement: Judgement, type: string): Promise<void> {
    if (judgement === 'nothing') return;
    if (judgement === 'throttled') {
      move('throttled');
      return;
    }
    if (judgement === 'failure' && record.circuit !== 'CLOSED') {
      const probes = record.probes + 1;
      const probeAt = new Date(nowMs() + probeDelayMs(probes, needs.rules));
      await gates.setCircuit(record, 'OPEN', { openedAt: record.openedAt, probeAt, probes });
      record = { ...record, circuit: 'OPEN', probeAt, probes };
      move('failed');
      return;
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
    const event = eventOf(state, settings, record, nowMs());
    if (event) move(event);
    if (settings) traffic.follow(settings);
    switch (state) {
      case 'FREE':
        return undefined;
      case 'STOPPED':
        await traffic.lookForStrays(true);
        return undefined;
      case 'DROPPING':
        return drop(settings !== undefined);
      case 'WAITING':
        await traffic.lookForStrays(true);
        // None when it is just over: then it goes on at once, and not when it looks next.
        return waitMs(record, nowMs());
      case 'PROBING':
        return probe(settings);
      case 'DRAINING':
        return drain(settings);
    }
  }

  async function drop(exists: boolean): Promise<number | undefined> {
    const at = needs.now();
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
    if (traffic.underWay() > 0 || !settings) return undefined;
    if (record.circuit === 'OPEN') {
      await gates.setCircuit(record, 'HALF_OPEN', record);
      record = { ...record, circuit: 'HALF_OPEN' };
    }
    const found = await traffic.letGo(1);
    // It was not wanted after all: the next one is the probe.
    return found > 0 && traffic.underWay() === 0 ? 0 : undefined;
  }

  async function drain(settings: EndpointSettings | undefined): Promise<number | undefined> {
    await traffic.lookForStrays(false);
    if (record.recovering && hasRecovered()) await ease();
    const underWay = traffic.underWay();
    const maxInFlight = settings?.maxInFlight ?? null;
    const limit = Math.min(ramp.limit(), maxInFlight ?? MOST_OPEN);
    const free = Math.min(limit - underWay, needs.room(endpointId, maxInFlight));
    if (free <= 0) return underWay > 0 ? undefined : AGAIN_WHEN_FULL_MS;
    const { slots, againMs } = traffic.slots();
    if (slots <= 0) return againMs;
    const hasOthers = needs.hasOthers(endpointId);
    const isFewEnough = underWay === 0 || traffic.isPacing();
    const handful = handfuls.next({ free, limit, hasOthers, unrecorded: needs.unrecorded(), isFewEnough });
    const size = Math.min(handful.size, slots);
    if (size <= 0) return handful.againMs ?? (underWay > 0 ? undefined : AGAIN_WHEN_FULL_MS);
    const found = await handfuls.take(() => traffic.letGo(size));
    if (found === 0) return traffic.underWay() === 0 ? closeIfEmpty() : undefined;
    return found === size ? 0 : undefined;
  }

  const hasRecovered = (): boolean => ramp.limit() >= AT_EASE || nowMs() - drainingSinceMs >= RECOVERED_MS;

  /** From now on what comes does not wait behind what was held, which follows as fast as others leave room. */
  async function ease(): Promise<void> {
    await gates.ease(record);
    record = { ...record, recovering: false };
    ramp.restart(AT_EASE);
    needs.announce(record, null);
  }

  async function closeIfEmpty(): Promise<number | undefined> {
    const settings = await needs.settingsOf(tenantId, endpointId);
    const intervalMs = settings?.rateLimitPerSecond ? 2000 / settings.rateLimitPerSecond : 0;
    const leftMs = settings ? traffic.activeAtMs() + Math.max(LINGER_MS, intervalMs) - nowMs() : 0;
    if (leftMs > 0) return leftMs;
    traffic.arrived();
    if (!(await gates.close(endpointId, settings === undefined))) {
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
      for (let seen = -1; !stopped && (seen !== reasons || delayMs === 0);) {
        seen = reasons;
        delayMs = await step();
      }
    } catch (error) {
      needs.onError(error, endpointId);
      isRecordOld = true;
      delayMs = AGAIN_AFTER_ERROR_MS;
    }
    running = undefined;
    if (stopped) return;
    clearTimeout(timer);
    if (delayMs !== undefined) timer = setTimeout(wake, Math.min(delayMs, LOOK_MS));
  }

  function wake(): void {
    if (stopped) return;
    reasons++;
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
      traffic.arrived();
      wake();
    },
    arrived(count) {
      traffic.arrived();
      if (state === 'STOPPED' || state === 'WAITING') return;
      handfuls.arrived(count);
      wake();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running?.catch(() => undefined);
      // What was let go is sent: nobody else would, for a while.
      await traffic.drained();
    },
  };
}

const bare = ({ orphaned: _first, ...record }: GateRecord & { orphaned?: boolean }): GateRecord => record;
