import type { InboundRequest, ProviderEvent, Reading } from '../../../src/sources/provider';

/** A request to a source, for tests that need no server. */
export function makeRequest(
  headers: Record<string, string>,
  body: string | Buffer,
  url = 'https://warren.example/in/src_1',
): InboundRequest {
  return { headers, body: Buffer.from(body), url };
}

export const withBody = (request: InboundRequest, body: string): InboundRequest => ({
  ...request,
  body: Buffer.from(body),
});

export const withHeaders = (
  request: InboundRequest,
  headers: Record<string, string | undefined>,
): InboundRequest => ({ ...request, headers: { ...request.headers, ...headers } });

/** The one event of a reading, its data as text. */
export function eventOf(reading: Reading): Omit<ProviderEvent, 'data'> & { data: string } {
  if (reading.kind !== 'events' || reading.events.length !== 1)
    throw new Error(`not one event: ${JSON.stringify(reading)}`);
  const [event] = reading.events as [ProviderEvent];
  return { ...event, data: event.data.toString() };
}
