import { stringify } from 'lossless-json';
import { done, refused, type Outcome } from '../domain/errors';
import { decodeId, newId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import { MAX_JSON_DEPTH, exceedsDepth } from '../domain/data/json-bytes';
import type { EndpointSettings, WarrenEvent } from '../domain/nouns';
import type { Attempt } from '../domain/delivery/outcome';
import { buildPayload, type PayloadEvent } from '../domain/data/payload';
import type { TenantScope } from '../domain/settings';
import { isEventType } from '../domain/routing/topic-pattern';
import type { CheckUrl } from './checks/check-endpoint';
import { noEndpoint } from './not-found';
import type { EndpointRecords, TenantRecords } from './records';

export interface EndpointTestInput {
  id: string;
  eventType?: string | null | undefined;
  data?: unknown;
}

/** One signed request now, outside the pipeline: nothing of it goes on record. */
export type SendTest = (
  endpoint: EndpointSettings,
  event: WarrenEvent,
  tenantSlug: string,
) => Promise<Attempt>;

export interface EndpointTestNeeds {
  endpoints: EndpointRecords;
  tenants: TenantRecords;
  checkUrl: CheckUrl;
  sendTest: SendTest;
  maxEventBytes: number;
}

export interface EndpointTest {
  attempt: Attempt;
  /** What was sent, as text. */
  requestBody: string;
}

const DEFAULT_TYPE = 'warren.test';
const DEFAULT_DATA = { message: 'This is a test from Warren.' };

export function makeTestEndpoint({
  endpoints,
  tenants,
  checkUrl,
  sendTest,
  maxEventBytes,
}: EndpointTestNeeds) {
  /** By tenant; who has none is not in it. */
  const underWay = new Map<string, number>();

  /** What is sent is in memory until a receiver has answered, which it may leave until the last. */
  async function sendInTurn(settings: EndpointSettings, event: WarrenEvent, slug: string) {
    const { tenantId } = event;
    underWay.set(tenantId, (underWay.get(tenantId) ?? 0) + 1);
    try {
      return await sendTest(settings, event, slug);
    } finally {
      const rest = (underWay.get(tenantId) ?? 0) - 1;
      if (rest > 0) underWay.set(tenantId, rest);
      else underWay.delete(tenantId);
    }
  }

  return async (scope: TenantScope, input: EndpointTestInput): Promise<Outcome<EndpointTest>> => {
    const settings = decodeId('endpoint', input.id)
      ? await endpoints.settingsOf(scope, input.id, new Date())
      : undefined;
    const tenant = settings && (await tenants.find(scope, settings.tenantId));
    if (!settings || !tenant) return noEndpoint('id');
    const type = input.eventType ?? DEFAULT_TYPE;
    if (!isEventType(type)) {
      return refused('INVALID', 'an event type has dot-separated segments of letters, digits, _ and -', [
        'eventType',
      ]);
    }
    const data = Buffer.from(stringify(input.data ?? DEFAULT_DATA) ?? 'null');
    if (data.length > maxEventBytes)
      return refused('TOO_LONG', `data has at most ${maxEventBytes} bytes`, ['data']);
    if (exceedsDepth(data, MAX_JSON_DEPTH)) {
      return refused('INVALID', `data is nested at most ${MAX_JSON_DEPTH} levels deep`, ['data']);
    }
    const verdict = await checkUrl(settings.tenantId, settings.url);
    if (!verdict.ok) return refused(verdict.code, verdict.reason, ['id']);
    const now = new Date();
    const identity = { id: newId('event'), tenantId: tenant.id };
    const event: WarrenEvent = { ...identity, type, version: 1, data, occurredAt: now, receivedAt: now };
    if ((underWay.get(tenant.id) ?? 0) >= LIMITS.testsAtOnce) {
      return refused('LIMIT', `${LIMITS.testsAtOnce} tests are under way already; wait for one of them.`);
    }
    const attempt = await sendInTurn(settings, event, tenant.slug);
    return done({ attempt, requestBody: bodyOf(attempt, settings, { ...event, tenantSlug: tenant.slug }) });
  };
}

/** An attempt leaves its body out when it can be made again. */
function bodyOf(attempt: Attempt, settings: EndpointSettings, event: PayloadEvent): string {
  const newestSecret = settings.secrets[0]?.value ?? '';
  const body = attempt.requestBody ?? buildPayload(event, settings.payloadFormat, newestSecret).body;
  return body.toString('utf8');
}
