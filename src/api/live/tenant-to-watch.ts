import type { Scope } from '../../domain/scopes';
import { reachOf, type RequestContext } from '../context';
import { badUserInput } from '../request-errors';

/** Whose stream the caller gets. Throws UNAUTHENTICATED, FORBIDDEN, or BAD_USER_INPUT to who stands above all tenants. */
export function tenantToWatch(context: RequestContext, scope: Scope): string {
  const tenantId = reachOf(context, scope);
  if (tenantId === null) throw badUserInput('Choose one tenant with warren-tenant: its slug or ten_ id.');
  return tenantId;
}
