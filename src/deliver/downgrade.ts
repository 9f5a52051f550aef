import type { WarrenEvent } from '../domain/nouns';
import type { MaybePromise } from '../runtime/maybe-promise';

/** An event in one of the versions of its type. */
export interface VersionedEvent extends Pick<WarrenEvent, 'tenantId' | 'type' | 'version' | 'data'> {
  /** The tenant's configuration that the catalog must know, at least. */
  configVersion: number;
}

/** What carrying an event to an older version needs of the rest of the house. */
export interface DowngradeDeps {
  /** The catalog's expressions for this type: each turns its version into the one before. */
  downgradesOf(event: VersionedEvent): Promise<ReadonlyMap<number, string>>;
  /** JSON text in, JSON text out; undefined when the expression gives nothing. Bounded. */
  evaluate(
    expression: string,
    input: string,
  ): Promise<{ ok: true; value: string | undefined } | { ok: false; reason: string }>;
}

export type Downgraded =
  /** `isDerived`: the data is no longer what is on record for the event. */
  | { ok: true; version: number; data: Buffer; isDerived: boolean }
  | { ok: false; error: 'DOWNGRADE'; errorDetail: string };

/**
 * The event as a subscriber pinned to an older version understands it: the downgrades of the versions in between, newest
 * first. An event that is not newer than the pin goes as it is: what was published under an older version has no more to
 * give, and who understands version 3 was sent version 2 before.
 *
 * @param pinned null: always the newest
 */
export function downgrade(
  deps: DowngradeDeps,
  event: VersionedEvent,
  pinned: number | null,
): MaybePromise<Downgraded> {
  const { version, data } = event;
  if (pinned === null || version <= pinned) return { ok: true, version, data, isDerived: false };
  return carryDown(deps, event, pinned);
}

async function carryDown(deps: DowngradeDeps, event: VersionedEvent, pinned: number): Promise<Downgraded> {
  const { version: newest, data } = event;
  const expressions = await deps.downgradesOf(event);
  let text = data.toString('utf8');
  for (let version = newest; version > pinned; version--) {
    const expression = expressions.get(version);
    if (expression === undefined) return failed(version, 'the catalog has no downgrade for it');
    const result = await deps.evaluate(expression, text);
    if (!result.ok) return failed(version, result.reason);
    if (result.value === undefined) return failed(version, 'the downgrade gives nothing');
    text = result.value;
  }
  return { ok: true, version: pinned, data: Buffer.from(text), isDerived: true };
}

const failed = (version: number, reason: string): Downgraded => ({
  ok: false,
  error: 'DOWNGRADE',
  errorDetail: `From version ${version} to ${version - 1}: ${reason}.`,
});
