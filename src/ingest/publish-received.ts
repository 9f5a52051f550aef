import type { PublishInput } from '../domain/routing/publish';
import type { Caller } from '../domain/scopes';
import { publishEvents, type IngestDeps } from './publish-events';

/** `repeated`: all of it had been taken before. */
export type ReceivedEnding = 'published' | 'repeated' | 'parked';

export interface ReceivedDeps extends IngestDeps {
  /** To the router as any producer's message, without a stamp: the router has the last word. Confirmed. */
  leaveToRouter(tenantId: string, event: PublishInput): Promise<void>;
}

/**
 * Publishes what a provider sent. A caller of the API is told what the catalog refuses, and mends it; a provider cannot,
 * and would only send the same again until it gives up for good. So what is refused is left to the router, which parks
 * it in `rejected` with the reason, where people find it.
 */
export async function publishReceived(
  deps: ReceivedDeps,
  tenantId: string,
  events: readonly PublishInput[],
): Promise<ReceivedEnding> {
  const caller: Caller = { keyId: null, tenantId, isOperator: false, scopes: new Set(['events:publish']) };
  const outcome = await publishEvents(deps, caller, events);
  if (outcome.ok) return outcome.value.every(({ duplicate }) => duplicate) ? 'repeated' : 'published';
  const [first, ...more] = events;
  if (first && more.length === 0) {
    await deps.leaveToRouter(tenantId, first);
    return 'parked';
  }
  // One of them is refused: the others are not to suffer for it.
  const endings: ReceivedEnding[] = [];
  for (const event of events) endings.push(await publishReceived(deps, tenantId, [event]));
  return endings.find((ending) => ending !== 'repeated') ?? 'repeated';
}
