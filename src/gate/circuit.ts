import type { Answer } from '../domain/delivery/outcome';

/** When an endpoint's circuit opens, and when it is tried again. */
export interface CircuitRules {
  /** Failures in a row. */
  failures: number;
  /** They must span this long, so that a blip with many requests under way opens nothing. */
  spanMs: number;
  /** Until the first probe; doubles with each that fails. */
  probeMs: number;
  maxProbeMs: number;
}

/** Failures since the last success, as one process has seen them. */
export interface Streak {
  failures: number;
  /** When the first of these requests began. */
  sinceMs: number;
}

/**
 * What an attempt says about its endpoint. `busy`: it answers, and asks for less; neither good nor bad.
 * `throttled`: it says until when.
 */
export type Judgement = 'success' | 'failure' | 'busy' | 'throttled' | 'nothing';

export function judgeAnswer(
  answer: { error?: Answer['error'] | undefined; response?: { status: number } | undefined },
  throttled: boolean,
): Judgement {
  if (throttled) return 'throttled';
  if (answer.error === undefined) return 'success';
  if (answer.response?.status === 429 || answer.error === 'THROTTLED') return 'busy';
  // A payload that cannot be shaped never reached anybody.
  return answer.error === 'PAYLOAD' || answer.error === 'TRANSFORM' ? 'nothing' : 'failure';
}

/** @param startedMs when the request began: a timeout counts for as long as it took */
export function afterFailure(streak: Streak | undefined, startedMs: number): Streak {
  return {
    failures: (streak?.failures ?? 0) + 1,
    sinceMs: Math.min(streak?.sinceMs ?? startedMs, startedMs),
  };
}

export function shouldOpen(streak: Streak, nowMs: number, rules: CircuitRules): boolean {
  return streak.failures >= rules.failures && nowMs - streak.sinceMs >= rules.spanMs;
}

/**
 * @param probes those that failed since it opened
 * @param random in [0, 1): endpoints that went down together are not tried together
 */
export function probeDelayMs(probes: number, rules: CircuitRules, random: number = Math.random()): number {
  const delayMs = Math.min(rules.maxProbeMs, rules.probeMs * 2 ** Math.min(probes, 30));
  return Math.round(delayMs * (0.9 + 0.2 * random));
}

const MAX_THROTTLE_MS = 24 * 3_600_000;
const PATIENT_AFTER = 5;
const MAX_PATIENCE_MS = 60_000;

/**
 * How long a Retry-After holds: as long as asked, at most a day. One that asks again and again for too short a time is
 * believed less each time, up to a minute.
 * @param times in a row that it asked, from 1
 */
export function throttleMs(askedSeconds: number, times: number): number {
  const patienceMs =
    times > PATIENT_AFTER ? Math.min(MAX_PATIENCE_MS, 1000 * 2 ** (times - PATIENT_AFTER)) : 0;
  return Math.min(MAX_THROTTLE_MS, Math.max(askedSeconds * 1000, patienceMs));
}
