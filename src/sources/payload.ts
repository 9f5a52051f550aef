import { checkJsonBytes } from '../domain/data/json-bytes';
import { isStorable, parseTimestamp } from '../domain/timestamp';
import type { ProviderEvent, Reading } from './provider';

/** What providers' bodies have in common. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The events that a JSON object tells of; unreadable when the body is none. */
export function readObject(bytes: Buffer, read: (object: JsonObject) => Reading): Reading {
  const json = checkJsonBytes(bytes);
  if (!json.ok) return unreadable(json.reason);
  if (!isObject(json.value)) return unreadable('the body is not a JSON object');
  return read(json.value);
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const unreadable = (reason: string): Reading => ({ kind: 'unreadable', reason });

export const oneEvent = (event: ProviderEvent): Reading => ({ kind: 'events', events: [event] });

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const timeOfSeconds = (value: unknown): Date | undefined =>
  typeof value === 'number' ? sensible(new Date(value * 1000)) : undefined;

export const timeOfText = (value: unknown): Date | undefined => sensible(parseTimestamp(textOf(value) ?? ''));

/** An event is not refused for a time that cannot be: then it happened when it came. */
const sensible = (time: Date | undefined): Date | undefined =>
  time && isStorable(time) && time.getTime() >= 0 ? time : undefined;

/** Words of a provider as segments of an event type: slashes part them, and what a type may not have becomes `_`. */
export function typeOf(...words: readonly string[]): string {
  return words
    .join('.')
    .split(/[./]/)
    .filter((segment) => segment !== '')
    .map((segment) => segment.replace(/[^a-zA-Z0-9_-]/g, '_'))
    .join('.');
}

/** A form as JSON. A name that comes several times has a list. */
export function formAsJson(form: URLSearchParams): Buffer {
  const entries = [...new Set(form.keys())].map((name): [string, string | string[]] => {
    const [first = '', ...more] = form.getAll(name);
    return [name, more.length === 0 ? first : [first, ...more]];
  });
  return Buffer.from(JSON.stringify(Object.fromEntries(entries)));
}

export const isForm = (contentType: string | undefined): boolean =>
  contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false;

export const formOf = (body: Buffer): URLSearchParams => new URLSearchParams(body.toString('utf8'));
