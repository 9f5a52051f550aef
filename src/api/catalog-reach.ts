import type { Scope } from '../domain/scopes';
import type { TenantScope } from '../domain/settings';
import { reachOfAny, type RequestContext } from './context';

/** Whoever subscribes, reads events or keeps the catalog may see what is in it. */
const READERS: readonly Scope[] = ['endpoints:read', 'events:read', 'catalog:write'];

export const catalogReach = (context: RequestContext): TenantScope => reachOfAny(context, READERS);
