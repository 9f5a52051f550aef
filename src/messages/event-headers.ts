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
    if (!isVersion(number)) {
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

/** Not `traceparent`: as one that is malformed, it is nobody's reason to refuse an event. */
const ALIKE = /^(?:version|ordering[-_. ]?key|deliver[-_. ]?at)$/i;

/**
 * Meant for one of ours in another spelling, as the API's `deliverAt` is: left unread, what is for later would go out at
 * once. Where ours is there, too, that one counts. Many a tool writes a `Version` of its own: one that is none of a type
 * is somebody else's.
 */
function findMisspelt(headers: Record<string, unknown>): Fault | undefined {
  for (const name of Object.keys(headers)) {
    if (!ALIKE.test(name)) continue;
    const ours = spellingOf(name);
    if (headers[ours] !== undefined) continue;
    if (ours === HEADERS.version && !isVersion(numberOf(headers[name]))) continue;
    return fault('BAD_ENVELOPE', `\`${name}\` is not heeded: give the header \`${ours}\``);
  }
  return undefined;
}

function spellingOf(name: string): string {
  const first = name.charAt(0).toLowerCase();
  if (first === 'v') return HEADERS.version;
  return first === 'o' ? HEADERS.orderingKey : HEADERS.deliverAt;
}

const isVersion = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= 1_000_000;

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
