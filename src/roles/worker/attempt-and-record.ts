import { attemptDelivery, type DeliverDeps, type DeliverResult } from '../../deliver/attempt-delivery';
import { judgeAnswer, type Judgement } from '../../gate/circuit';
import type { DeliveryDue } from '../../messages/delivery-due';
import {
  recordOutcome,
  resumeAfterRecord,
  type OutcomeOfAttempt,
  type RecordDeps,
} from '../../record/record-outcome';
import type { Platform } from '../platform';
import { endAttempt, startAttempt } from '../spans';
import { observeAttempt } from './observe-attempt';
import type { RequestTurns } from './request-turns';

/** What led to an attempt. */
export interface How extends Pick<OutcomeOfAttempt, 'released' | 'intoFirstWrite'> {
  redelivered: boolean;
}

/** @returns what the attempt says about its endpoint */
export async function attemptAndRecord(
  platform: Platform,
  { turns, deliver, record }: { turns: RequestTurns; deliver: DeliverDeps; record: RecordDeps },
  due: DeliveryDue,
  { redelivered, released, intoFirstWrite }: How,
): Promise<Judgement> {
  const turn = turns.begin(due, released !== undefined);
  const request = typeof turn === 'number' ? turn : await turn;
  const span = platform.tracing && startAttempt(platform.tracing, due, urlOf(platform, due));
  let result: DeliverResult;
  try {
    result = await attemptDelivery(deliver, span ? { ...due, traceparent: span.traceparent } : due, {
      redelivered,
      released: released !== undefined && released.takenBack !== true,
      // One that waited may be on record by now, and so may have been cancelled.
      isUnwritten: intoFirstWrite !== undefined && request === turn,
      onSend: () => turns.sent(due.endpointId, request),
    });
  } finally {
    turns.end(due.endpointId, request);
  }
  if (result.kind === 'obsolete') return 'nothing';
  if (result.kind === 'settled-before') {
    await resumeAfterRecord(record, due, result.state, platform.config.ladder);
    return 'nothing';
  }
  observeAttempt(platform, due, result);
  const attempt = result.kind === 'attempted' ? result.attempt : undefined;
  const isTraced = span !== undefined && attempt !== undefined;
  if (isTraced) endAttempt(span, attempt, result.verdict);
  const recorded = await recordOutcome(record, isTraced ? { ...due, attemptBefore: span.traceparent } : due, {
    attempt,
    verdict: result.verdict,
    released,
    intoFirstWrite,
  });
  if (recorded.applied) platform.metrics.deliveriesSettled.inc({ status: recorded.status });
  return attempt ? judgeAnswer(attempt, result.verdict.kind === 'hold') : 'nothing';
}

const urlOf = ({ configs }: Platform, { tenantId, endpointId, configVersion }: DeliveryDue) =>
  configs.peek(tenantId, configVersion)?.endpoints.get(endpointId)?.url;
