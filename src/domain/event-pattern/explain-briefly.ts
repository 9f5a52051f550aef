import { within, type Budget, type InPieces } from '../pieces';
import type { EventPattern } from './compile-pattern';

/** For one answer to somebody who waits: some tenths of a second. Routing takes the time that it needs. */
export const briefly = (): Budget => ({ pieces: 200 });

const TOO_LONG = 'trying it on this event takes longer than an answer may; routing takes that time';

/** As the pattern explains it, or that it would take too long. */
export function* explainBriefly(
  budget: Budget,
  pattern: EventPattern,
  event: object,
): InPieces<string | undefined> {
  const explained = yield* within(budget, asList(pattern.explain(event)));
  return explained ? explained[0] : TOO_LONG;
}

/** Told apart from what is not done. */
function* asList<T>(work: InPieces<T>): InPieces<[T]> {
  return [yield* work];
}
