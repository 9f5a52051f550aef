/** As `RoutingVerdict.reason` has it. */
const GONE = 'endpoint deleted before the event';

/**
 * Somebody looks for why their event did not come: endpoints that were gone by then only stand between, and each
 * `warren listen` of the past is one of them.
 */
export function withoutGone<V extends { reason: string }>(
  verdicts: readonly V[],
): { told: V[]; rest: string } {
  const told = verdicts.filter(({ reason }) => reason !== GONE);
  const gone = verdicts.length - told.length;
  return { told, rest: gone === 0 ? '' : gone === 1 ? '1 endpoint was gone' : `${gone} endpoints were gone` };
}
