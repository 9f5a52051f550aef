/** What a key may do. An operator key has all of them over all tenants. */
export const SCOPES = [
  'tenants:admin',
  'keys:write',
  'catalog:write',
  'events:publish',
  'events:read',
  'endpoints:read',
  'endpoints:write',
  'endpoints:secret',
  'deliveries:read',
  'deliveries:write',
  'sources:write',
  'audit:read',
] as const;
export type Scope = (typeof SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** Who is calling. `tenantId` is null for an operator or service key that acts for no single tenant. */
export interface Caller {
  keyId: string | null;
  tenantId: string | null;
  isOperator: boolean;
  scopes: ReadonlySet<Scope>;
}
