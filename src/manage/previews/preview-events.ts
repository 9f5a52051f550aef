import { stringify } from 'lossless-json';
import { catalogErrors, type CatalogVerdict, type EventToCheck } from '../../domain/schema/catalog';
import type { EventFilter } from '../../domain/delivery/delivery-filter';
import { done, refused, type Outcome } from '../../domain/errors';
import { decodeId, newId } from '../../domain/ids';
import { MAX_JSON_DEPTH, exceedsDepth } from '../../domain/data/json-bytes';
import { LIMITS } from '../../domain/limits';
import type { WarrenEvent } from '../../domain/nouns';
import type { Page, PageRequest } from '../../domain/page';
import type { EventHead, TenantScope } from '../../domain/settings';
import { TopicIndex, isEventType } from '../../domain/routing/topic-pattern';
import { noEvent } from '../not-found';

/** What a preview reads of the events on record. */
export interface PreviewEvents {
  byIds(scope: TenantScope, ids: readonly string[]): Promise<EventHead[]>;
  dataOf(scope: TenantScope, ids: readonly string[]): Promise<Map<string, Buffer>>;
  list(scope: TenantScope, filter: EventFilter, page: PageRequest): Promise<Page<EventHead>>;
}

export interface PreviewEvent {
  /** Null of a sample. */
  head: EventHead | null;
  event: WarrenEvent;
}

export const PREVIEW_LIMITS = { last: 100, pages: 4, dataBytes: 4 * 1024 * 1024 } as const;
const DATA_AT_ONCE = 10;

export type CheckSample = (
  tenantId: string,
  sample: Pick<EventToCheck, 'type' | 'version' | 'data'>,
) => Promise<CatalogVerdict>;

export interface PreviewSources {
  events: PreviewEvents;
  /** What the catalog would say of the sample, if it were published. */
  checkSample: CheckSample;
  maxEventBytes: number;
}

/** One event by its id, a sample, or the newest of the types. */
export async function findPreviewEvents(
  sources: PreviewSources,
  tenantId: string,
  patterns: readonly string[],
  wanted: { eventId?: string | null | undefined; sample?: unknown; last: number },
): Promise<Outcome<PreviewEvent[]>> {
  const { events } = sources;
  const { eventId, sample, last } = wanted;
  const hasSample = sample !== undefined && sample !== null;
  if (typeof eventId === 'string' && hasSample) {
    return refused('INVALID', 'Give an event or a sample, not both.', ['sample']);
  }
  if (last < 1 || last > PREVIEW_LIMITS.last) {
    return refused('INVALID', `last is from 1 to ${PREVIEW_LIMITS.last}`, ['last']);
  }
  if (hasSample) return readSample(sources, tenantId, sample);
  if (typeof eventId !== 'string') {
    const heads = await newestOf(events, tenantId, patterns, last);
    return done(await withData(events, tenantId, heads));
  }
  const heads = decodeId('event', eventId) ? await events.byIds(tenantId, [eventId]) : [];
  return heads.length === 0 ? noEvent('eventId') : done(await withData(events, tenantId, heads));
}

/** Newest first. Patterns are looked for among the newest thousand events alone. */
async function newestOf(
  events: PreviewEvents,
  tenantId: string,
  patterns: readonly string[],
  last: number,
): Promise<EventHead[]> {
  const isExact = patterns.every(isEventType);
  const first = { limit: isExact ? last : LIMITS.pageSize, fromEnd: false };
  if (isExact) return (await events.list(tenantId, { types: patterns }, first)).items;
  const index = new TopicIndex<true>();
  for (const pattern of patterns) index.add(pattern, true);
  const found: EventHead[] = [];
  let after: Buffer | undefined;
  for (let pages = 0; pages < PREVIEW_LIMITS.pages && found.length < last; pages++) {
    const page = await events.list(tenantId, {}, { ...first, ...(after ? { after } : {}) });
    found.push(...page.items.filter(({ type }) => index.match(type).size > 0));
    after = decodeId('event', page.items.at(-1)?.id ?? '');
    if (!page.hasNextPage || !after) break;
  }
  return found.slice(0, last);
}

/** As many as fit into the bound; an event whose data is gone meanwhile is left out. */
async function withData(
  events: PreviewEvents,
  tenantId: string,
  heads: readonly EventHead[],
): Promise<PreviewEvent[]> {
  const found: PreviewEvent[] = [];
  let bytes = 0;
  for (let at = 0; at < heads.length && bytes < PREVIEW_LIMITS.dataBytes; at += DATA_AT_ONCE) {
    const some = heads.slice(at, at + DATA_AT_ONCE);
    const dataOf = await events.dataOf(
      tenantId,
      some.map(({ id }) => id),
    );
    for (const head of some) {
      const data = dataOf.get(head.id);
      if (data) found.push({ head, event: { ...head, data } });
      bytes += data?.length ?? 0;
    }
  }
  return found;
}

const SAMPLE_FIELDS = ['type', 'data', 'version', 'timestamp'];
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

async function readSample(
  { checkSample, maxEventBytes }: PreviewSources,
  tenantId: string,
  sample: unknown,
): Promise<Outcome<PreviewEvent[]>> {
  const bad = (message: string, ...field: string[]) => refused('INVALID', message, ['sample', ...field]);
  if (typeof sample !== 'object' || sample === null || Array.isArray(sample)) {
    return bad('a sample is an object: {type, data, version?, timestamp?}');
  }
  const { type, data: json = null, version: named, timestamp } = sample as Record<string, unknown>;
  const stray = Object.keys(sample).find((name) => !SAMPLE_FIELDS.includes(name));
  if (stray !== undefined) return bad(`a sample has ${SAMPLE_FIELDS.join(', ')} only`, stray.slice(0, 100));
  if (typeof type !== 'string' || !isEventType(type)) {
    return bad('an event type has dot-separated segments of letters, digits, _ and -', 'type');
  }
  const isVersion = typeof named === 'number' && Number.isInteger(named) && named >= 1;
  if (named !== undefined && !isVersion) return bad('version is a whole number from 1', 'version');
  const occurredAt = timestamp === undefined ? new Date() : timeOf(timestamp);
  if (!occurredAt) return bad('timestamp is an RFC 3339 time, such as 2026-01-02T03:04:05Z', 'timestamp');
  const text = Buffer.from(stringify(json) ?? 'null');
  if (text.length > maxEventBytes) return bad(`data has at most ${maxEventBytes} bytes`, 'data');
  if (exceedsDepth(text, MAX_JSON_DEPTH)) {
    return bad(`data is nested at most ${MAX_JSON_DEPTH} levels deep`, 'data');
  }
  const id = newId('event');
  const data = () => JSON.parse(text.toString('utf8')) as unknown;
  const verdict = await checkSample(tenantId, { type, version: isVersion ? named : undefined, data });
  if (!verdict.ok) return { ok: false, userErrors: catalogErrors(verdict, ['sample']) };
  const { version } = verdict;
  const event: WarrenEvent = { id, tenantId, type, version, data: text, occurredAt, receivedAt: new Date() };
  return done([{ head: null, event }]);
}

function timeOf(value: unknown): Date | undefined {
  const ms = typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
