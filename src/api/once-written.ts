import { setTimeout as sleep } from 'node:timers/promises';
import { kindOfId, timeOfText } from '../domain/ids';

/** What is older is on record, or was never there. */
const YOUNG_MS = 60_000;
/** Between one look and the next: a little more in all than a router waits for first attempts, and its commit. */
const PAUSES_MS = [25, 50, 100, 125, 150];

/**
 * A router that dispatches itself writes an event once it knows what came of its deliveries, or after a quarter of a
 * second. Its receiver, or whoever published it, may ask before: so what is not found, and is young, is looked for again
 * for a moment. Another tenant's takes as long as one that there is not.
 */
export async function onceWritten<T extends { id: string }>(
  ids: readonly string[],
  find: (ids: readonly string[]) => Promise<T[]>,
): Promise<T[]> {
  const found = await find(ids);
  for (const pauseMs of PAUSES_MS) {
    const known = new Set(found.map(({ id }) => id));
    const missing = ids.filter((id) => !known.has(id) && isYoung(id));
    if (missing.length === 0) break;
    await sleep(pauseMs);
    found.push(...(await find(missing)));
  }
  return found;
}

function isYoung(id: string): boolean {
  const kind = kindOfId(id);
  return kind !== undefined && Math.abs(Date.now() - timeOfText(kind, id)) < YOUNG_MS;
}
