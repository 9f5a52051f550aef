import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import { isStorable, parseTimestamp } from '../domain/timestamp';
import { readTraceparent } from '../domain/request/traceparent';
import { fault, type EventEnvelope, type EventStamp, type Fault } from './event-envelope';

export const HEADERS = {
  tenant: 'tenant',
  version: 'version',
  orderingKey: 'ordering-key',
  deliverAt: 'deliver-at',
  traceparent: 'traceparent',
  eventId: 'warren-event-id',
  receivedAt: 'warren-received-at',
  occurredAt: 'warren-occurred-at',
  configVersion: 'warren-config-version',
  sharedCatalogVersion: 'warren-catalog-version',
  seal: 'warren-seal',
} as const;

/** The optional headers that native messages and CloudEvents share. */
export function readExtras(headers: Record<string, unknown>): Partial<EventEnvelope> | Fault {
  const misspelt = findMisspelt(headers);
  if (misspelt) return misspelt;
  const extras: Partial<EventEnvelope> = {};
  const version = headers[HEADERS.version];
  if (version !== undefined) {
    const number = numberOf(version);
    if (!Number.isInteger(number) || number < 1 || number > 1_000_000) {
      return fault('BAD_ENVELOPE', 'the header `version` must be a whole number from 1 to 1,000,000');
    }
    extras.version = number;
  }
  const orderingKey = headers[HEADERS.orderingKey];
  if (orderingKey !== undefined && orderingKey !== '') {
    if (typeof orderingKey !== 'string' || orderingKey.length > LIMITS.orderingKeyLength) {
      return fault(
        'BAD_ENVELOPE',
        `the header \`ordering-key\` must be text of at most ${LIMITS.orderingKeyLength} characters`,
      );
    }
    extras.orderingKey = orderingKey;
  }
  const deliverAt = headers[HEADERS.deliverAt];
  if (deliverAt !== undefined) {
    const at = parseTimestamp(text(deliverAt) ?? '');
    if (!at) return fault('BAD_ENVELOPE', 'the header `deliver-at` must be an RFC 3339 time');
    extras.deliverAt = at;
  }
  const traceparent = readTraceparent(headers[HEADERS.traceparent]);
  if (traceparent !== undefined) extras.traceparent = traceparent;
  return extras;
}

/** What nobody else would call a header of theirs. A `Version` many a tool writes, and a trace is no reason to refuse an event. */
const ALIKE = /^(?:(ordering[-_. ]?key)|deliver[-_. ]?at)$/i;

/**
 * Meant for one of ours in another spelling, as the API's `deliverAt` is: left unread, what is for later would go out at
 * once. Where ours is there, too, that one counts.
 */
function findMisspelt(headers: Record<string, unknown>): Fault | undefined {
  for (const name of Object.keys(headers)) {
    const alike = ALIKE.exec(name);
    if (!alike) continue;
    const ours = alike[1] === undefined ? HEADERS.deliverAt : HEADERS.orderingKey;
    if (headers[ours] === undefined)
      return fault('BAD_ENVELOPE', `\`${name}\` is not heeded: give the header \`${ours}\``);
  }
  return undefined;
}

/** Of the message's headers alone, whose seal was looked at: whoever writes a CloudEvent chooses its attributes. */
export function readStamp(headers: Record<string, unknown>): EventStamp | Fault | undefined {
  const eventId = text(headers[HEADERS.eventId]);
  if (eventId === undefined) return undefined;
  const receivedAt = new Date(numberOf(headers[HEADERS.receivedAt]));
  const occurredAt = new Date(numberOf(headers[HEADERS.occurredAt]));
  const configVersion = numberOf(headers[HEADERS.configVersion]);
  const sharedCatalogVersion = numberOf(headers[HEADERS.sharedCatalogVersion] ?? 0);
  const times = [receivedAt, occurredAt].every(isStorable);
  const versions = [configVersion, sharedCatalogVersion].every(Number.isInteger);
  if (!decodeId('event', eventId) || !times || !versions) {
    return fault('BAD_ENVELOPE', 'the headers that begin with warren- are Warren’s own; leave them out');
  }
  return { eventId, receivedAt, occurredAt, configVersion, sharedCatalogVersion };
}

/** Header values are typed in AMQP, and some types (tables, say) cannot even be turned into a number. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
    ? Number(value)
    : Number.NaN;
}

/** Header values are typed in AMQP; only text counts as text, and nothing empty does. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** AMQP timestamps are seconds; some clients write milliseconds. 1e11 seconds would be the year 5138. */
export function timeOf(timestamp: number | undefined): { occurredAt?: Date } {
  if (timestamp === undefined || !Number.isFinite(timestamp) || timestamp <= 0) return {};
  const at = new Date(timestamp < 1e11 ? timestamp * 1000 : timestamp);
  return isStorable(at) ? { occurredAt: at } : {};
}
