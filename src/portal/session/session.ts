import { useSyncExternalStore } from 'react';
import { PLAIN, lookOf, type Look } from './look';

/** Who uses the portal in this tab, and what it shall look like. It ends with the tab. */
export interface Session {
  /** An API key, an operator's key, or the token of a portal session. */
  credential: string;
  /** Slug of the tenant that an operator acts for; null: all, or the credential's own. */
  tenant: string | null;
  look: Look;
}

const STORED_AS = 'warren.portal.session';

let current: Session | null = null;
let farewell: string | null = null;
const listeners = new Set<() => void>();

/** From the link when it has a token, which then leaves the address bar and the history; else what this tab had. */
export function restoreSession(): void {
  const { hash, pathname, search } = window.location;
  const given = new URLSearchParams(hash.slice(1));
  const token = given.get('token');
  if (token !== null) {
    window.history.replaceState(null, '', pathname + search);
    start({ credential: token, tenant: null, look: lookOf(given) });
    return;
  }
  current = readStored();
}

export function start(session: Session): void {
  farewell = null;
  change(session);
}

export function actFor(tenant: string | null): void {
  if (current) change({ ...current, tenant });
}

/** @param why said at the sign-in page */
export function end(why: string | null): void {
  if (!current) return;
  farewell = why;
  change(null);
}

export const useSession = (): Session | null => useSyncExternalStore(subscribe, () => current);
export const useFarewell = (): string | null => useSyncExternalStore(subscribe, () => farewell);
export const plainSession = (credential: string): Session => ({ credential, tenant: null, look: PLAIN });

/** The same over HTTP and as connection_init's payload. */
export function headersOf({ credential, tenant }: Session): Record<string, string> {
  return { authorization: `Bearer ${credential}`, ...(tenant === null ? {} : { 'warren-tenant': tenant }) };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function change(session: Session | null): void {
  current = session;
  store(session);
  for (const listener of listeners) listener();
}

/** In a frame the browser may forbid storage; then a reload asks again. */
function store(session: Session | null): void {
  try {
    if (session) window.sessionStorage.setItem(STORED_AS, JSON.stringify(session));
    else window.sessionStorage.removeItem(STORED_AS);
  } catch {
    // Nothing is lost but the convenience.
  }
}

function readStored(): Session | null {
  try {
    const text = window.sessionStorage.getItem(STORED_AS);
    return text === null ? null : (JSON.parse(text) as Session);
  } catch {
    return null;
  }
}
