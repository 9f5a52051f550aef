import type { Payload, PayloadEvent } from '../domain/data/payload';

/**
 * CloudEvents 1.0 in binary mode: the data alone is the body, all else is in headers. Their names are those of the HTTP
 * binding; a protocol that spells them differently does so itself.
 */
export const binaryCloudEvent = ({
  id,
  type,
  occurredAt,
  data,
  tenantSlug = 'events',
}: PayloadEvent): Payload => ({
  contentType: 'application/json',
  body: data,
  headers: {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': `/warren/${tenantSlug}`,
    'ce-type': type,
    'ce-time': occurredAt.toISOString(),
  },
});
