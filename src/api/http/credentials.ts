import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../authenticate';

const TENANT = 'warren-tenant';

export function credentialsOfHeaders(headers: IncomingHttpHeaders, address: string | null): Credentials {
  const acting = headers[TENANT];
  return {
    address: address ?? undefined,
    authorization: headers.authorization,
    actingTenant: typeof acting === 'string' ? acting : undefined,
  };
}

/** From connection_init's payload, whose keys people write as they write headers. */
export function credentialsOfInit(
  payload: Record<string, unknown> | undefined,
  address: string | null,
): Credentials {
  const named = new Map(Object.entries(payload ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const text = (name: string) => {
    const value = named.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  return { authorization: text('authorization'), actingTenant: text(TENANT), address: address ?? undefined };
}
