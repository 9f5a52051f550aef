import { filteredEvent } from '../../domain/event-pattern/filtered-event';
import type { LateAnswer, UndecidedDelivery } from '../../domain/delivery/gate-records';
import type { InPieces } from '../../domain/pieces';
import type { TakeTurns } from '../../runtime/turn-taking';

export interface AnswerDeps {
  undecided(ids: readonly string[]): Promise<UndecidedDelivery[]>;
  findConfig(
    tenantId: string,
  ): Promise<{ slug: string; wants(subscriptionId: string, event: object): InPieces<boolean> } | undefined>;
  /** Whether the event fits its schema. */
  fits: (tenantId: string, event: UndecidedDelivery['event'], data: unknown) => Promise<boolean>;
  inTurns: TakeTurns;
  /** By the database's clock. */
  now: () => Date;
}

/** For so long one after another is asked; what a process that stops would wait for, and one filter. */
const ENOUGH_MS = 500;

/**
 * What schemas and filters say, as they are now, of events that are on record. Those that are not in the answer were not asked: the
 * time was up. What is past retention counts as wanted, since who sends it finds that out anyway.
 */
export async function answersOf(
  deps: AnswerDeps,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, LateAnswer>> {
  const startedMs = performance.now();
  const found = new Map((await deps.undecided(ids)).map((delivery) => [delivery.id, delivery]));
  const answers = new Map<string, LateAnswer>();
  for (const id of ids) {
    if (answers.size > 0 && performance.now() - startedMs > ENOUGH_MS) break;
    const config = await deps.findConfig(tenantId);
    if (!config) break;
    const delivery = found.get(id);
    answers.set(id, delivery ? await answerOf(deps, tenantId, config, delivery) : 'WANTED');
  }
  return answers;
}

async function answerOf(
  { fits, inTurns, now }: AnswerDeps,
  tenantId: string,
  config: NonNullable<Awaited<ReturnType<AnswerDeps['findConfig']>>>,
  { subscriptionId, isUnchecked, event }: UndecidedDelivery,
): Promise<LateAnswer> {
  const data = JSON.parse(event.data.toString('utf8')) as unknown;
  if (isUnchecked && !(await fits(tenantId, event, data))) return 'INVALID';
  const seen = filteredEvent(event, config.slug, data);
  if (!(await inTurns(tenantId, config.wants(subscriptionId, seen)))) return 'UNWANTED';
  return event.deliverAt && event.deliverAt > now() ? 'SCHEDULED' : 'WANTED';
}
