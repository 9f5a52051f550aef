import { done, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { SCOPES, isScope, type Caller, type Scope } from '../domain/scopes';
import { checkKeyScopes, fault } from './checks/field-checks';
import { noTenant } from './not-found';
import type { TenantRecords } from './records';

export interface PortalSessionInput {
  tenantId: string;
  expiresInSeconds?: number | null | undefined;
  scopes?: string[] | null | undefined;
}

export interface PortalNeeds {
  tenants: TenantRecords;
  signSession: (session: {
    tenantId: string;
    scopes: readonly Scope[];
    expiresAt: Date;
    subject: string;
    keyId: string | null;
  }) => Promise<string>;
  /** Where people reach Warren. */
  publicUrl: () => string;
}

/** What a partner needs to look after its own endpoints. */
const DEFAULT_SCOPES: readonly Scope[] = [
  ...(['events:read', 'endpoints:read', 'endpoints:write', 'endpoints:secret'] as const),
  ...(['deliveries:read', 'deliveries:write'] as const),
];
/** A session must not make what outlives it, nor reach beyond its tenant. */
const NEVER: ReadonlySet<string> = new Set(['tenants:admin', 'keys:write', 'catalog:write']);
const OFFERED = SCOPES.filter((scope) => !NEVER.has(scope));
const SECONDS = { min: 60, max: 86_400, default: 3600 };

export function makePortalSessions({ tenants, signSession, publicUrl }: PortalNeeds) {
  return async (
    caller: Caller,
    subject: string,
    input: PortalSessionInput,
  ): Promise<Outcome<{ token: string; url: string; expiresAt: Date }>> => {
    const { tenantId } = input;
    const seconds = input.expiresInSeconds ?? SECONDS.default;
    const scopes = input.scopes ?? DEFAULT_SCOPES.filter((scope) => caller.scopes.has(scope));
    const userErrors = checkKeyScopes(scopes, caller.scopes, OFFERED);
    const never = scopes.filter((scope) => NEVER.has(scope));
    if (never.length > 0)
      userErrors.push(fault('INVALID', `a portal session cannot have ${never.join(', ')}`, 'scopes'));
    if (seconds < SECONDS.min || seconds > SECONDS.max)
      userErrors.push(
        fault('INVALID', `expiresInSeconds is from ${SECONDS.min} to ${SECONDS.max}`, 'expiresInSeconds'),
      );
    if (userErrors.length > 0) return { ok: false, userErrors };
    const tenant = decodeId('tenant', tenantId) && (await tenants.find(caller.tenantId, tenantId));
    if (!tenant) return noTenant('tenantId');
    // Whole seconds, as the token has it.
    const expiresAt = new Date((Math.floor(Date.now() / 1000) + seconds) * 1000);
    const given = [...new Set(scopes)].filter(isScope);
    const token = await signSession({ tenantId, scopes: given, expiresAt, subject, keyId: caller.keyId });
    // After the #: browsers keep that part to themselves, so it is in nobody's log.
    const url = `${publicUrl().replace(/\/$/, '')}/portal#token=${token}`;
    return done({ token, url, expiresAt });
  };
}
