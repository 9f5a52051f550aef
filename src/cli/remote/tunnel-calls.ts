import { succeeded, type GraphqlCaller, type Refused } from '../call-graphql';
import type { LocalAnswer } from './deliver-locally';

export interface OpenedTunnel {
  id: string;
  /** Null for a key that may not see it. */
  secret: string | null;
}

export interface TunnelRequest {
  id: string;
  headers: Record<string, string>;
  bodyBase64: string;
  timeoutMs: number;
}

export const TUNNEL_REQUEST = `subscription ($id: ID!) {
  tunnelRequest(endpointId: $id) { id headers bodyBase64 timeoutMs }
}`;

const OPEN = `mutation ($input: TunnelOpenInput!) {
  tunnelOpen(input: $input) { endpoint { id secret } userErrors { field message } }
}`;
const ANSWER = `mutation ($input: TunnelAnswerInput!) {
  tunnelAnswer(input: $input) { userErrors { message } }
}`;
const CLOSE = `mutation ($id: ID!) { endpointDelete(id: $id) { userErrors { message } } }`;
const DELIVERY = `query ($id: ID!) {
  delivery(id: $id) { id event { type } attempts { requestHeaders requestBody } }
}`;

type Answer<T> = T & { userErrors: Refused[] };

export async function openTunnel(api: GraphqlCaller, input: object): Promise<OpenedTunnel> {
  const { tunnelOpen } = await api.call<{ tunnelOpen: Answer<{ endpoint: OpenedTunnel | null }> }>({
    query: OPEN,
    variables: { input },
  });
  const { endpoint } = succeeded(tunnelOpen);
  if (!endpoint) throw new Error('the API made no tunnel');
  return endpoint;
}

export async function answerTunnel(
  api: GraphqlCaller,
  endpointId: string,
  requestId: string,
  { durationMs, response, failure }: LocalAnswer,
): Promise<void> {
  const told = response
    ? { status: response.status, headers: response.headers, bodyBase64: response.body.toString('base64') }
    : { failure };
  const input = { endpointId, requestId, durationMs, ...told };
  const { tunnelAnswer } = await api.call<{ tunnelAnswer: Answer<object> }>({
    query: ANSWER,
    variables: { input },
  });
  succeeded(tunnelAnswer);
}

export async function closeTunnel(api: GraphqlCaller, id: string): Promise<void> {
  await api.call({ query: CLOSE, variables: { id } });
}

export interface RecordedRequest {
  headers: Record<string, string>;
  body: Buffer;
}

/** The newest request of a delivery, as it is on record. */
export async function recordedRequest(api: GraphqlCaller, deliveryId: string): Promise<RecordedRequest> {
  const { delivery } = await api.call<{
    delivery: {
      attempts: { requestHeaders: Record<string, string>; requestBody: string | null }[];
    } | null;
  }>({ query: DELIVERY, variables: { id: deliveryId } });
  if (!delivery) throw new Error(`there is no delivery ${deliveryId}, or the key may not see it`);
  const newest = delivery.attempts.findLast(({ requestBody }) => requestBody !== null);
  if (!newest) throw new Error(`of ${deliveryId} no request is on record`);
  return { headers: newest.requestHeaders, body: Buffer.from(newest.requestBody ?? '') };
}
