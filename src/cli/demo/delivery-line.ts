import type { DeliveryUpdate } from '../../api/client/follow-deliveries';
import type { SignatureVerdict } from './inspector/arrivals';
import type { Colours } from '../colours';
import { holdWords } from '../../words/hold-words';

export interface LineContext {
  colours: Colours;
  /** What the inspector found, or undefined when this attempt went elsewhere. */
  signature: SignatureVerdict | undefined;
  /** Milliseconds since the epoch. */
  nowMs: number;
}

const ROUTE_WIDTH = 42;

/** One change of a delivery as one line; undefined when there is nothing to tell yet. */
export function deliveryLine(update: DeliveryUpdate, context: LineContext): string | undefined {
  const { status, delivery, attempt } = update;
  const { colours } = context;
  const route = `${delivery.event.type} → ${delivery.endpoint.name}`.padEnd(ROUTE_WIDTH);
  switch (status) {
    case 'DELIVERED':
      return `${colours.green('✓')} ${route} ${delivered(attempt, context)}`;
    case 'RETRYING':
      return `${colours.yellow('✗')} ${route} ${failed(update, context)}`;
    case 'DEAD_LETTERED':
      return `${colours.red('☠')} ${route} ${buried(update, colours)}`;
    case 'HELD':
      return `${colours.dim('…')} ${route} ${colours.dim(holdWords(delivery.heldBecause ?? 'for now'))}`;
    case 'CANCELLED':
      return `${colours.dim('–')} ${route} ${colours.dim('cancelled')}`;
    default:
      return undefined;
  }
}

type Attempt = DeliveryUpdate['attempt'];

function delivered(attempt: Attempt, { colours, signature }: LineContext): string {
  if (!attempt) return 'delivered';
  const parts = [String(attempt.responseStatus ?? ''), `${String(attempt.durationMs).padStart(4)} ms`];
  if (signature === 'ok') parts.push(colours.green('signature ok'));
  else if (signature !== undefined && signature !== 'not checked')
    parts.push(colours.red(`signature ${signature}`));
  if (attempt.number > 1) parts.push(`attempt ${attempt.number}`);
  return parts.join('  ');
}

function failed({ delivery, attempt }: DeliveryUpdate, { colours, nowMs }: LineContext): string {
  const reason = colours.yellow(attempt?.error ?? delivery.lastError ?? 'failed');
  if (!attempt) return reason;
  // The delivery is as it stands now, which may be one attempt further than this change.
  const isCurrent = delivery.attemptCount === attempt.number && delivery.nextAttemptAt !== null;
  const waitMs = isCurrent ? Date.parse(delivery.nextAttemptAt ?? '') - nowMs : undefined;
  const next = waitMs === undefined ? '' : `, next try in ${readableSeconds(waitMs)}`;
  return `${reason}${next} (attempt ${attempt.number})`;
}

function buried({ delivery, attempt }: DeliveryUpdate, colours: Colours): string {
  const count = attempt?.number ?? delivery.attemptCount;
  const reason = attempt?.error ?? delivery.lastError;
  const told = `dead-lettered after ${count} ${count === 1 ? 'attempt' : 'attempts'}`;
  return colours.red(reason ? `${reason}, ${told}` : told);
}

/** A minute and more in minutes, an hour and more in hours; at least a second. */
export function readableSeconds(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
