import {
  STATUS_AFTER,
  type OutcomeToRecord,
  type RecordedOutcome,
  type Released,
} from '../domain/delivery/recorded-outcome';
import type { HoldReason } from '../domain/delivery/hold-reason';
import type { DeliveryStatus } from '../domain/delivery/delivery-status';
import type { Attempt, Verdict } from '../domain/delivery/outcome';
import { pickSubRung } from '../domain/delivery/retry-ladder';
import type { DeliveryChange } from '../messages/delivery-change';
import type { DeliveryDue } from '../messages/delivery-due';
import { failpoint } from '../runtime/failpoint';

/** What recording needs of the rest of the house. */
export interface RecordDeps {
  /** Joins a batch; one transaction writes it. */
  write(outcome: OutcomeToRecord): Promise<RecordedOutcome>;
  /** A confirmed publish on the ladder: the message comes back as due after the rung's delay. */
  sendToRung(rungName: string, due: DeliveryDue): Promise<void>;
  /** A confirmed publish on the exchange `dead`. */
  sendToDeadLetters(due: DeliveryDue, lastError: string): Promise<void>;
  /** The receiver answered 410 Gone: no more for this endpoint until somebody acts. */
  disableEndpoint(tenantId: string, endpointId: string, reason: string): Promise<void>;
  /** Tells the tenant by an event of its own; see docs/wire.md, operational events. */
  publishOperational(event: OperationalEvent): Promise<void>;
  announce(change: DeliveryChange): void;
  /** Something is held: its gate's owner shall look. */
  nudgeGate(gate: { tenantId: string; endpointId: string }, because: HoldReason): void;
  /** By the database's clock: what is due is compared with that. */
  now(): Date;
  persistently: <T>(what: string, work: (attempt: number) => Promise<T>) => Promise<T>;
}

export interface OperationalEvent {
  tenantId: string;
  type: 'warren.endpoint.disabled' | 'warren.delivery.dead_lettered';
  /** The same fact told twice has the same key, and counts once. */
  key: string;
  data: Record<string, unknown>;
}

export interface OutcomeOfAttempt {
  attempt?: Attempt | undefined;
  verdict: Verdict;
  released?: Released | undefined;
  /** Asked first: its event may not be written yet, and take it along. */
  intoFirstWrite?: ((outcome: OutcomeToRecord) => Promise<RecordedOutcome | undefined>) | undefined;
}

/**
 * Puts an outcome on record, then sends on what follows from it: the next rung, or the dead letters. Resolves when the
 * message that led here may be acked. Every step may run twice.
 */
export async function recordOutcome(
  deps: RecordDeps,
  due: DeliveryDue,
  outcome: OutcomeOfAttempt,
): Promise<RecordedOutcome> {
  const { attempt, verdict, released, intoFirstWrite } = outcome;
  const rung = verdict.kind === 'retry' ? pickSubRung(verdict.delaySeconds) : undefined;
  const asRecord = (): OutcomeToRecord => ({
    deliveryId: due.id,
    tenantId: due.tenantId,
    number: due.attempt,
    generation: due.generation,
    verdict,
    attempt,
    released,
    nextAttemptAt: rung && new Date(deps.now().getTime() + rung.ttlMs),
  });
  let tries = 0;
  const recorded =
    (await intoFirstWrite?.(asRecord())) ??
    (await deps.persistently('record.write', () => {
      tries++;
      return deps.write(asRecord());
    }));
  failpoint('record.written');
  // A commit whose answer was lost happened all the same: then it was ours, and what follows is ours to send.
  const applied = recorded.applied || (tries > 1 && recorded.status === STATUS_AFTER[verdict.kind]);
  if (!applied) return recorded;
  const lastError = attempt?.error ?? '';
  if (rung) await sendNextAttempt(deps, due, rung.name);
  else if (verdict.kind === 'dead') await buryDelivery(deps, due, lastError);
  else if (verdict.kind === 'hold') deps.nudgeGate(due, verdict.because);
  failpoint('record.sent');
  deps.announce(toChange(due, recorded, attempt ? due.attempt : due.attempt - 1));
  return recorded;
}

/** After a crash between commit and publish: sends on again what the recorded state says must follow. */
export async function resumeAfterRecord(
  deps: RecordDeps,
  due: DeliveryDue,
  state: { status: DeliveryStatus; lastError: string | null; nextAttemptAt: Date | null },
  ladder: readonly number[],
): Promise<void> {
  if (state.status === 'DEAD_LETTERED') return buryDelivery(deps, due, state.lastError ?? '');
  if (state.status !== 'RETRYING') return;
  const nowMs = deps.now().getTime();
  const leftSeconds = ((state.nextAttemptAt?.getTime() ?? nowMs) - nowMs) / 1000;
  // The greatest rung that does not come late; one that is overdue takes the least there is.
  const rung = [...ladder].reverse().find((seconds) => seconds <= leftSeconds) ?? ladder[0];
  if (rung !== undefined) await sendNextAttempt(deps, due, pickSubRung(rung, 0).name);
}

function sendNextAttempt(deps: RecordDeps, due: DeliveryDue, rungName: string): Promise<void> {
  const next: DeliveryDue = { ...due, attempt: due.attempt + 1 };
  return deps.persistently('record.retry', () => deps.sendToRung(rungName, next));
}

async function buryDelivery(deps: RecordDeps, due: DeliveryDue, lastError: string): Promise<void> {
  await deps.persistently('record.dead', () => deps.sendToDeadLetters(due, lastError));
  const gone = lastError === 'HTTP_410';
  if (gone) {
    const reason = 'the receiver answered 410 Gone';
    await deps.persistently('record.disable', () =>
      deps.disableEndpoint(due.tenantId, due.endpointId, reason),
    );
  }
  // Deliveries of Warren's own events cause no further ones, or a failing endpoint would feed itself.
  if (due.type.startsWith('warren.')) return;
  const subject = {
    endpointId: due.endpointId,
    deliveryId: due.id,
    eventId: due.eventId,
    eventType: due.type,
  };
  const tell = (type: OperationalEvent['type'], key: string, data: Record<string, unknown>): Promise<void> =>
    deps.persistently('record.tell', () =>
      deps.publishOperational({ tenantId: due.tenantId, type, key, data }),
    );
  await tell('warren.delivery.dead_lettered', `dead/${due.id}/${due.attempt}`, {
    ...subject,
    attempts: due.attempt,
    lastError,
  });
  // One fact, however many deliveries were under way when the receiver went.
  const disabling = `gone/${due.endpointId}/${due.configVersion}`;
  if (gone) await tell('warren.endpoint.disabled', disabling, { ...subject, reason: 'HTTP_410' });
}

function toChange(
  due: DeliveryDue,
  { seq, status, pendingAtMs }: RecordedOutcome,
  attempt: number,
): DeliveryChange {
  return {
    tenantId: due.tenantId,
    tenantSlug: due.tenantSlug,
    seq,
    deliveryId: due.id,
    eventId: due.eventId,
    eventType: due.type,
    endpointId: due.endpointId,
    status,
    attempt,
    atMs: Date.now(),
    pendingAtMs,
  };
}
