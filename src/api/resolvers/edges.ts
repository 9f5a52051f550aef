import { buildPayload } from '../../domain/data/payload';
import { redactHeaders } from '../../domain/request/request-headers';
import type { RequestContext } from '../context';
import { DeliveryAttemptType, toAttemptType } from '../types/delivery';
import { EndpointType, toEndpointType } from '../types/endpoint';
import { EventType, toEventType } from '../types/event';
import { TenantType, toTenantType } from '../types/tenant';

/** The edges of the graph that more than one type has, each through its loader. */

export async function tenantOf({ loaders }: RequestContext, tenantId: string): Promise<TenantType> {
  return toTenantType(present(await loaders.tenant.load(tenantId), tenantId));
}

export async function endpointOf({ loaders }: RequestContext, endpointId: string): Promise<EndpointType> {
  return toEndpointType(present(await loaders.endpoint.load(endpointId), endpointId));
}

export async function eventOf({ loaders }: RequestContext, eventId: string): Promise<EventType> {
  return toEventType(present(await loaders.event.load(eventId), eventId));
}

export async function attemptsOf(
  { loaders }: RequestContext,
  deliveryId: string,
): Promise<DeliveryAttemptType[]> {
  return (await loaders.attempts.load(deliveryId)).map(toAttemptType);
}

function present<T>(found: T | undefined, id: string): T {
  if (found === undefined) throw new Error(`${id} is referred to and not on record`);
  return found;
}

export const maySeeSecrets = ({ authentication }: RequestContext): boolean =>
  authentication.ok && authentication.caller.scopes.has('endpoints:secret');

const MASK = '…';

/** Headers as the caller may see them: what looks like a credential is masked without the scope endpoints:secret. */
export function shownHeaders(
  context: RequestContext,
  headers: Record<string, string>,
): Record<string, string> {
  if (maySeeSecrets(context)) return headers;
  const redacted = redactHeaders(headers);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      isMasked(name, value, redacted[name]) ? MASK : value,
    ]),
  );
}

const SECRET_NAME = /(^|-)(key|token)$|secret|authorization|cookie/;

const isMasked = (name: string, value: string, redacted: string | undefined): boolean =>
  redacted !== value || SECRET_NAME.test(name);

/** With these no request came about, so there is no body to make again. */
const NOTHING_SENT = new Set(['PAYLOAD', 'TRANSFORM']);

/** The request's body as text. What the row leaves out is made again from the event, byte for byte. */
export async function requestBodyOf(
  context: RequestContext,
  attempt: DeliveryAttemptType,
): Promise<string | null> {
  const { bodies, number, requestHeaders } = attempt;
  if (bodies.kind === 'given') return bodies.request;
  const recorded = await recordedBodies(context, bodies.deliveryId, number);
  if (recorded?.request) return recorded.request.toString('utf8');
  if (attempt.error !== null && NOTHING_SENT.has(attempt.error)) return null;
  const { loaders } = context;
  const delivery = await loaders.delivery.load(bodies.deliveryId);
  const event = delivery && (await loaders.event.load(delivery.eventId));
  const data = event && (await loaders.eventData.load(event.id));
  const tenant = event && (await loaders.tenant.load(event.tenantId));
  if (!data || !tenant) return null;
  const isCloudEvent = requestHeaders['content-type']?.startsWith('application/cloudevents+json') ?? false;
  const payloadEvent = { ...event, data, tenantSlug: tenant.slug.split('~')[0] ?? tenant.slug };
  return buildPayload(payloadEvent, isCloudEvent ? 'CLOUDEVENTS' : 'STANDARD', '').body.toString('utf8');
}

export async function responseBodyOf(
  context: RequestContext,
  attempt: DeliveryAttemptType,
): Promise<string | null> {
  const { bodies, number } = attempt;
  if (bodies.kind === 'given') return bodies.response;
  return (await recordedBodies(context, bodies.deliveryId, number))?.response?.toString('utf8') ?? null;
}

async function recordedBodies({ loaders }: RequestContext, deliveryId: string, number: number) {
  return (await loaders.attemptBodies.load(deliveryId)).find((bodies) => bodies.number === number);
}
