import type { DeliverResult } from '../../deliver/attempt-delivery';
import type { DeliveryDue } from '../../messages/delivery-due';
import type { Platform } from '../platform';

/** The wide line and the metrics of one attempt, or of why there was none. */
export function observeAttempt(
  { logger, metrics }: Platform,
  due: DeliveryDue,
  result: Extract<DeliverResult, { kind: 'attempted' | 'set-aside' }>,
): void {
  const { id: deliveryId, eventId, endpointId, tenantId } = due;
  if (result.kind === 'set-aside') {
    logger.info(
      {
        deliveryId,
        eventId,
        endpointId,
        tenantId,
        verdict: result.verdict.kind,
        because: result.verdict.because,
      },
      'attempt.set_aside',
    );
    return;
  }
  const { attempt, verdict } = result;
  metrics.attempts.inc({ outcome: attempt.error === undefined ? 'ok' : outcomeLabel(attempt.error) });
  metrics.attemptSeconds.observe(attempt.durationMs / 1000);
  if (verdict.kind === 'delivered' && due.attempt === 1 && !due.mayHaveTwin) {
    metrics.endToEndSeconds.observe(Math.max(0, Date.now() - due.queuedAtMs) / 1000);
  }
  logger.info(
    {
      deliveryId,
      eventId,
      endpointId,
      tenantId,
      type: due.type,
      attempt: due.attempt,
      durationMs: Math.round(attempt.durationMs),
      verdict: verdict.kind,
      ...(attempt.response ? { status: attempt.response.status } : {}),
      ...(attempt.error ? { error: attempt.error } : {}),
    },
    'attempt.finished',
  );
}

/** A receiver chooses its status; the label must not take a thousand values. */
function outcomeLabel(error: string): string {
  return error.startsWith('HTTP_') ? `${error.slice(0, 6)}xx` : error;
}
