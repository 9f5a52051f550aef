import type { InPieces } from '../domain/pieces';
import type { MaybePromise } from './maybe-promise';

/** Runs work in its turns, and gives what it gives: at once, where it was done at once. */
export type TakeTurns = <T>(whose: string, work: InPieces<T>) => MaybePromise<T>;

/** Work for so long, all together, ends a turn of the event loop. */
const TURN_MS = 2;
/**
 * After so many turns in a row there is a rest between them. Somebody else's event takes some twenty turns of the loop
 * from being published to being delivered, and would wait for one of these in each.
 */
const TURNS_IN_A_ROW = 10;
const REST_MS = 2;
/**
 * Once all that waits has had a piece already it is heavy, and has a third of the loop. By the clock: where processors
 * are short, the rest is what lets this process be woken before others. Many events with little work each are no bomb,
 * and would only wait for nothing.
 */
const REST_PER_WORK = 2;
const LEAST_REST_FROM_HEAVY_MS = 4;
/** One long piece is nobody else's fault who waits for a turn. */
const LONGEST_REST_MS = 10;

interface Job {
  /** One piece; true when that was the last. */
  run(): boolean;
  hasBegun: boolean;
}

/**
 * Work that is ready at once would run in one turn of the event loop, and everything else that this process does would
 * wait for all of it. So after a while the next piece waits for a turn of its own; and there tenants take turns, however
 * much each of them has waiting.
 */
export function makeTurnTaking(): TakeTurns {
  /** In the order of their turns. */
  const waiting = new Map<string, Job[]>();
  let spentMs = 0;
  /** What came and was done at once since the last turn. */
  let spentAtOnceMs = 0;
  /** How many of those who wait have had no piece yet. */
  let fresh = 0;
  let isTurnDue = false;
  /** Since nobody waited. */
  let turns = 0;

  function turn(): void {
    isTurnDue = false;
    spentMs = 0;
    spentAtOnceMs = 0;
    turns++;
    for (const [whose, jobs] of waiting) {
      if (spentMs >= TURN_MS) break;
      waiting.delete(whose);
      const job = jobs.shift();
      if (job && !job.hasBegun) fresh--;
      const startedAt = performance.now();
      // Behind the others, its own tenant's too, so that little work passes much; this loop comes to it again.
      if (job && !runPiece(job)) jobs.push(job);
      spentMs += performance.now() - startedAt;
      if (jobs.length > 0) waiting.set(whose, jobs);
    }
    if (waiting.size > 0) awaitTurn();
    else turns = 0;
  }

  function awaitTurn(): void {
    if (isTurnDue) return;
    isTurnDue = true;
    if (turns < TURNS_IN_A_ROW) setImmediate(turn);
    else setTimeout(turn, restMs());
  }

  function restMs(): number {
    if (fresh > 0) return REST_MS;
    return Math.min(LONGEST_REST_MS, Math.max(LEAST_REST_FROM_HEAVY_MS, REST_PER_WORK * spentMs));
  }

  /** Little work of a tenant that does not wait passes those who do. */
  const mayBeginAtOnce = (whose: string): boolean => !waiting.has(whose) && spentAtOnceMs < TURN_MS;

  function firstPiece<T>(work: InPieces<T>): IteratorResult<undefined, T> {
    const startedAt = performance.now();
    try {
      return work.next();
    } finally {
      spentAtOnceMs += performance.now() - startedAt;
    }
  }

  return (whose, work) => {
    const first = mayBeginAtOnce(whose) ? firstPiece(work) : undefined;
    if (first?.done) return first.value;
    return new Promise((resolve, reject) => {
      const run = (): boolean => {
        try {
          const piece = work.next();
          if (piece.done) resolve(piece.value);
          return piece.done === true;
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return true;
        }
      };
      const job: Job = { run, hasBegun: first !== undefined };
      if (!job.hasBegun) fresh++;
      const jobs = waiting.get(whose);
      if (jobs) jobs.push(job);
      else waiting.set(whose, [job]);
      awaitTurn();
    });
  };
}

function runPiece(job: Job): boolean {
  job.hasBegun = true;
  return job.run();
}
