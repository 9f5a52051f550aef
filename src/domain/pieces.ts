/**
 * Work that pauses now and then. What tenants write may ask for more than anybody else should wait for in one go: it
 * yields where it may be put down, and who drives it says when it goes on.
 */
export type InPieces<T> = Generator<undefined, T, undefined>;

/** A step is a look at a value, or so: a piece takes a millisecond or two. */
const STEPS_OF_A_PIECE = 30_000;

let steps = 0;

/** True when it is time to pause. All that runs here shares the count: the next goes on with what one leaves of a piece. */
export function isPieceOver(more: number): boolean {
  steps += more;
  if (steps < STEPS_OF_A_PIECE) return false;
  steps = 0;
  return true;
}

/** Without a pause, where nobody waits. */
export function atOnce<T>(work: InPieces<T>): T {
  for (;;) {
    const piece = work.next();
    if (piece.done) return piece.value;
  }
}

/** What is there already. */
// eslint-disable-next-line require-yield -- there is nothing to wait for
export function* ready<T>(value: T): InPieces<T> {
  return value;
}

/** Asked before and after each piece whether the work is given up, with how many pieces of it are done. */
export type IsTooLate = (pieces: number) => boolean;

export const never: IsTooLate = () => false;

/** Undefined when it is too late before it is done. */
export function* unless<T>(isTooLate: IsTooLate, work: InPieces<T>): InPieces<T | undefined> {
  for (let pieces = 0; !isTooLate(pieces);) {
    const piece = work.next();
    if (piece.done) return piece.value;
    pieces++;
    // At once, too: who counts what is heavy hears of it before its next turn comes.
    if (isTooLate(pieces)) break;
    yield;
  }
  return undefined;
}

/** What several pieces of work may take together. */
export interface Budget {
  pieces: number;
}

/** Undefined when it is not done before the budget is spent. Its first piece is free: little work is always done. */
export function* within<T>(budget: Budget, work: InPieces<T>): InPieces<T | undefined> {
  for (let isFirst = true; isFirst || budget.pieces-- > 0; isFirst = false) {
    const piece = work.next();
    if (piece.done) return piece.value;
    yield;
  }
  return undefined;
}
