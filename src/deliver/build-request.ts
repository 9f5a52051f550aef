import type { Credentials } from '../domain/request/credentials';
import type { EndpointSettings, WarrenEvent } from '../domain/nouns';
import { buildPayload, type OwnPayload, type Payload, type PayloadEvent } from '../domain/data/payload';
import { makeSigner } from '../domain/request/signature';

/** What goes out, byte for byte. */
export interface OutgoingRequest {
  endpointId: string;
  /** Whose networks it may go to. */
  tenantId: string;
  url: string;
  /** The destination's to use; never among the headers here, which go on record. */
  credentials: Credentials | null;
  headers: Record<string, string>;
  body: Buffer;
  /** From the event and the endpoint's format alone, for as long as the event is on record. */
  bodyCanBeMadeAgain: boolean;
  /** For destinations that keep an order of their own. */
  orderingKey?: string;
  timeoutMs: number;
}

export interface RequestMaterial {
  deliveryId: string;
  attempt: number;
  event: Pick<WarrenEvent, 'id' | 'type' | 'version' | 'occurredAt' | 'data' | 'traceparent' | 'orderingKey'>;
  tenantSlug: string;
}

/** What of a request is neither the endpoint's nor the event's. */
export interface Sender {
  userAgent: string;
  ownPayload: OwnPayload;
}

interface Signing {
  sign: ReturnType<typeof makeSigner>;
  newest: string;
  /** When one of the secrets stops signing, and this must be made anew. */
  validUntilMs: number;
}

/** Parsed keys by settings object: a change of the endpoint makes a new object, so nothing here outlives its secrets. */
const signings = new WeakMap<EndpointSettings, Signing>();

/**
 * The request of one attempt by Standard Webhooks 1.0: the same `webhook-id` at every attempt, the attempt's own
 * timestamp, a signature for every live secret. Warren's headers win over the endpoint's own.
 */
export function buildRequest(
  endpoint: EndpointSettings,
  { deliveryId, attempt, event, tenantSlug }: RequestMaterial,
  { userAgent, ownPayload }: Sender,
  now: Date,
): OutgoingRequest {
  const { sign, newest } = signingOf(endpoint, now.getTime());
  const { url, payloadFormat } = endpoint;
  const material: PayloadEvent = { tenantSlug, ...event };
  const own = ownPayload(url, material, payloadFormat);
  const { contentType, body, headers }: Payload = own ?? buildPayload(material, payloadFormat, newest);
  const timestamp = Math.floor(now.getTime() / 1000);
  return {
    endpointId: endpoint.id,
    tenantId: endpoint.tenantId,
    url,
    credentials: endpoint.credentials,
    timeoutMs: endpoint.timeoutMs,
    body,
    bodyCanBeMadeAgain: own === undefined && payloadFormat !== 'EMBEDDED_SIGNATURE',
    ...(event.orderingKey === undefined ? {} : { orderingKey: event.orderingKey }),
    headers: withOthers(endpoint.headers, headers, {
      'content-type': contentType,
      'user-agent': userAgent,
      'webhook-id': deliveryId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign(deliveryId, timestamp, body),
      'warren-event-id': event.id,
      'warren-event-type': event.type,
      'warren-event-version': String(event.version),
      'warren-attempt': String(attempt),
      ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    }),
  };
}

/** Warren's own come first, and nobody's take their place. An object that begins as a copy would be slower to make and to read. */
function withOthers(
  endpoints: Readonly<Record<string, string>>,
  payloads: Readonly<Record<string, string>> | undefined,
  own: Record<string, string>,
): Record<string, string> {
  for (const others of [payloads, endpoints]) {
    for (const name in others) if (!Object.hasOwn(own, name)) own[name] = others[name] ?? '';
  }
  return own;
}

function signingOf(endpoint: EndpointSettings, nowMs: number): Signing {
  const known = signings.get(endpoint);
  if (known && nowMs < known.validUntilMs) return known;
  const live = endpoint.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt.getTime() > nowMs);
  const [newest] = live;
  if (!newest) throw new Error(`endpoint ${endpoint.id} has no live secret`);
  const signing: Signing = {
    sign: makeSigner(live.map(({ value }) => value)),
    newest: newest.value,
    validUntilMs: Math.min(...live.map(({ expiresAt }) => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY)),
  };
  signings.set(endpoint, signing);
  return signing;
}
