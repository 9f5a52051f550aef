/** Which tenants each user of the broker may publish for; undefined: anybody for anybody. */
export type Producers = ReadonlyMap<string, ReadonlySet<string>> | undefined;

export const ANY_TENANT = '*';

export function mayPublish(producers: Producers, userId: string | undefined, tenantSlug: string): boolean {
  if (!producers) return true;
  const tenants = userId === undefined ? undefined : producers.get(userId);
  return tenants !== undefined && (tenants.has(ANY_TENANT) || tenants.has(tenantSlug));
}
