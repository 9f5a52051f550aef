import { LRUCache } from 'lru-cache';
import type { EndpointSettings } from '../domain/nouns';
import type { Attempt, Verdict } from '../domain/delivery/outcome';
import type { MaybePromise } from '../runtime/maybe-promise';
import {
  afterFailure,
  judgeAnswer,
  shouldOpen,
  throttleMs,
  type CircuitRules,
  type Judgement,
  type Streak,
} from './circuit';

/** What watching outcomes needs of the rest of the house. */
export interface OutcomeDeps {
  rules: CircuitRules;
  /** True while the endpoint's circuit is known to be open. */
  isOpen(endpointId: string): boolean;
  openCircuit(endpoint: EndpointId, streak: Streak): Promise<void>;
  /** It asked for so much time; `times` in a row by now. */
  throttle(endpoint: EndpointId, forMs: number, times: number): Promise<void>;
  /** The first of nothing but failures was then; null: it succeeded. */
  markFailing(endpoint: EndpointId, since: Date | null): Promise<void>;
  /** It has only failed for days. */
  giveUp(endpoint: EndpointId, since: Date): Promise<void>;
}

type EndpointId = Pick<EndpointSettings, 'id' | 'tenantId'>;

export interface OutcomeWatch {
  /** Sees every attempt of this process, before it is recorded. A success of a healthy endpoint costs a look-up in memory. */
  seen(endpoint: EndpointSettings, attempt: Attempt, verdict: Verdict): MaybePromise<Judgement>;
}

const MAX_STREAKS = 20_000;
/** A streak this long is put on record: one that passes costs the database nothing. */
const NOTABLE_MS = 5 * 60_000;
/** Two times that differ by less are the same to whoever waits. */
const SAME_MS = 500;
const HOPELESS_MS = 5 * 86_400_000;

export function makeOutcomeWatch(deps: OutcomeDeps, now: () => number = Date.now): OutcomeWatch {
  const streaks = new LRUCache<string, Streak>({ max: MAX_STREAKS });
  const opening = new Set<string>();
  /** What was put on record lately, so that it is not written again with each outcome. */
  const marked = new LRUCache<string, { since: Date | null }>({ max: MAX_STREAKS, ttl: NOTABLE_MS });
  const throttles = new LRUCache<string, { untilMs: number; times: number }>({ max: MAX_STREAKS });

  async function mark(endpoint: EndpointId, since: Date | null): Promise<void> {
    const before = marked.get(endpoint.id);
    if (before && (before.since === null) === (since === null)) return;
    marked.set(endpoint.id, { since });
    await deps.markFailing(endpoint, since);
  }

  /** All that were under way when it asked count as one. */
  async function throttled(endpoint: EndpointId, askedSeconds: number): Promise<void> {
    const before = throttles.get(endpoint.id);
    const isNew = !before || now() > before.untilMs;
    const times = isNew ? (before?.times ?? 0) + 1 : before.times;
    const forMs = throttleMs(askedSeconds, times);
    const untilMs = now() + forMs;
    if (!isNew && untilMs <= before.untilMs + SAME_MS) return;
    throttles.set(endpoint.id, { untilMs, times });
    await deps.throttle(endpoint, forMs, times);
  }

  async function failed(endpoint: EndpointSettings, attempt: Attempt): Promise<void> {
    const streak = afterFailure(streaks.get(endpoint.id), attempt.at.getTime());
    streaks.set(endpoint.id, streak);
    const since = endpoint.failingSince?.getTime() ?? streak.sinceMs;
    if (endpoint.failingSince === null && now() - streak.sinceMs >= NOTABLE_MS) {
      await mark(endpoint, new Date(streak.sinceMs));
    }
    if (now() - since >= HOPELESS_MS) return deps.giveUp(endpoint, new Date(since));
    if (!shouldOpen(streak, now(), deps.rules) || deps.isOpen(endpoint.id) || opening.has(endpoint.id))
      return;
    opening.add(endpoint.id);
    try {
      await deps.openCircuit(endpoint, streak);
    } finally {
      opening.delete(endpoint.id);
    }
  }

  async function takeNote(endpoint: EndpointSettings, attempt: Attempt, verdict: Verdict): Promise<void> {
    const judgement = judgeAnswer(attempt, verdict.kind === 'hold');
    if (judgement === 'failure') await failed(endpoint, attempt);
    if (judgement === 'success' && endpoint.failingSince !== null) await mark(endpoint, null);
    if (verdict.kind === 'hold') await throttled(endpoint, verdict.askedSeconds ?? 0);
  }

  return {
    seen(endpoint, attempt, verdict) {
      const judgement = judgeAnswer(attempt, verdict.kind === 'hold');
      if (judgement === 'success') {
        streaks.delete(endpoint.id);
        throttles.delete(endpoint.id);
        if (endpoint.failingSince === null) return judgement;
      }
      return takeNote(endpoint, attempt, verdict).then(() => judgement);
    },
  };
}
