import { makeDestinations, type Destinations } from '../../src/destinations/destinations';
import type { DestinationRequest } from '../../src/destinations/destination';
import { makeOutboundPolicy } from '../../src/destinations/outbound-policy';
import { newId } from '../../src/domain/ids';

/** Every destination, with loopback opened. */
export const openDestinations = (
  options: Partial<Parameters<typeof makeDestinations>[0]> = {},
): Destinations =>
  makeDestinations({
    policy: makeOutboundPolicy({ allowedNetworks: ['127.0.0.0/8'] }),
    userAgent: 'Warren/test',
    ...options,
  });

/** One attempt as the pipeline makes it. */
export function makeDestinationRequest(
  url: string,
  { headers, ...changes }: Partial<DestinationRequest> = {},
): DestinationRequest {
  return {
    endpointId: newId('endpoint'),
    url,
    credentials: null,
    headers: {
      'content-type': 'application/json',
      'webhook-id': newId('delivery'),
      'webhook-timestamp': '1790000000',
      'webhook-signature': 'v1,c2ln',
      'warren-event-type': 'order.placed',
      ...headers,
    },
    body: Buffer.from('{"total":12345678901234567890}'),
    timeoutMs: 15_000,
    ...changes,
  };
}
