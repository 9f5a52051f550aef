import { LRUCache } from 'lru-cache';
import type { ReplayJob, ReplayStep } from '../domain/replay';
import type { DeliveryChange } from '../messages/delivery-change';
import type { DeliveryDue } from '../messages/delivery-due';
import { failpoint } from '../runtime/failpoint';
import { fillEvents, type FillConfig, type FillDeps } from './fill-events';

/** The part of a tenant's configuration that a replay reads. */
export interface ReplayConfig extends FillConfig {
  endpoints: { has(id: string): boolean };
  subscriptions: { has(id: string): boolean };
}

/** What replaying needs of the rest of the house. */
export interface ReplayDeps extends FillDeps {
  /** The replay whose turn it is, if no other runner has it. */
  claim(): Promise<ReplayJob | undefined>;
  /** Messages ready in the queue `replay`. */
  readyCount(): Promise<number>;
  /** The tenant at that version or newer; undefined when it is gone. */
  findConfig(tenantId: string, atLeastVersion: number): Promise<ReplayConfig | undefined>;
  /** One transaction each; see store/replays/replay-batches.ts. */
  restartNext(
    job: ReplayJob,
    isAlive: (delivery: { endpointId: string; subscriptionId: string }) => boolean,
  ): Promise<ReplayStep>;
  /** True when that was the last phase. */
  endPhase(job: ReplayJob): Promise<boolean>;
  fail(job: ReplayJob, error: string): Promise<void>;
  /** Messages for those of them that are owed an attempt, as their rows stand. */
  dueMessages(ids: readonly string[]): Promise<DeliveryDue[]>;
  sendReplayed(due: DeliveryDue): Promise<void>;
  persistently: <T>(what: string, work: (attempt: number) => Promise<T>) => Promise<T>;
  /** A replay has ended, or could not go on this time. */
  observe(report: ReplayReport): void;
}

export type ReplayReport =
  | { kind: 'ended'; replayId: string; tenantId: string; status: 'COMPLETED' | 'FAILED' }
  | { kind: 'stumbled'; replayId: string; tenantId: string; error: unknown };

export interface ReplayRunner {
  /** One batch of the replay whose turn it is. Tells how many deliveries it sent; undefined: nothing can be done now. */
  replayNext(): Promise<number | undefined>;
}

export interface RunnerSettings {
  /** No more is sent while the queue holds as many: what waits there is beyond a cancel's reach. */
  maxWaiting: number;
  /** A replay that has only failed for so long is given up. */
  failAfterMs: number;
}

/** More running replays than a runner knows at once cost it a batch sent twice, nothing else. */
const REMEMBERED = 1000;

/**
 * Sends selected deliveries again, a batch at a time: one transaction moves the rows, the replay's own place and the
 * change log; then come the confirmed publishes. A runner that dies between the two leaves the batch in the replay's
 * row, and whoever takes over sends it once more: the worker looks at the row before it sends what it may have had.
 */
export function makeReplayRunner(
  deps: ReplayDeps,
  { maxWaiting, failAfterMs }: RunnerSettings,
): ReplayRunner {
  /** How far this runner knows each replay's messages to be sent. */
  const sentUpTo = new LRUCache<string, string>({ max: REMEMBERED });
  const failingSince = new LRUCache<string, number>({ max: REMEMBERED });

  async function step(job: ReplayJob): Promise<number> {
    if (job.unsent.length > 0 && sentUpTo.get(job.id) !== placeOf(job)) await sendBatch(deps, job.unsent);
    const config = await deps.findConfig(job.tenantId, job.configVersion);
    if (!config) {
      await deps.fail(job, 'The tenant is gone.');
      return end(job, 'FAILED');
    }
    const result = await moveNext(deps, job, config);
    if (result.kind === 'lost') return 0;
    if (result.kind === 'phase-ended') return (await deps.endPhase(job)) ? end(job, 'COMPLETED') : 0;
    failpoint('replay.moved');
    await sendBatch(
      deps,
      result.moved.map(({ id }) => id),
      new Map(result.moved.map(({ id, seq }) => [id, seq])),
    );
    sentUpTo.set(job.id, placeOf({ ...job, reached: result.reached }));
    return result.moved.length;
  }

  function end({ id, tenantId }: ReplayJob, status: 'COMPLETED' | 'FAILED'): number {
    deps.observe({ kind: 'ended', replayId: id, tenantId, status });
    return 0;
  }

  async function stumble(job: ReplayJob, error: unknown): Promise<void> {
    deps.observe({ kind: 'stumbled', replayId: job.id, tenantId: job.tenantId, error });
    const since = failingSince.get(job.id) ?? Date.now();
    failingSince.set(job.id, since);
    if (Date.now() - since < failAfterMs) return;
    await deps.fail(job, 'It could not go on. What was sent stays sent; ask for the rest again.');
    end(job, 'FAILED');
  }

  return {
    async replayNext() {
      const job = await deps.claim();
      if (!job || (await deps.readyCount()) >= maxWaiting) return undefined;
      try {
        const sent = await step(job);
        failingSince.delete(job.id);
        return sent;
      } catch (error) {
        await stumble(job, error);
        return undefined;
      }
    },
  };
}

const placeOf = ({ phase, reached }: Pick<ReplayJob, 'phase' | 'reached'>): string =>
  `${phase}/${reached?.toString('hex') ?? ''}`;

function moveNext(deps: ReplayDeps, job: ReplayJob, config: ReplayConfig): Promise<ReplayStep> {
  if (job.phase === 'events') return fillEvents(deps, job, config);
  return deps.restartNext(
    job,
    ({ endpointId, subscriptionId }) =>
      config.endpoints.has(endpointId) && config.subscriptions.has(subscriptionId),
  );
}

/** Without numbers of the change log it was told before, or will be by the log itself. */
async function sendBatch(
  deps: ReplayDeps,
  ids: readonly string[],
  seqs: ReadonlyMap<string, number> = new Map(),
): Promise<void> {
  const messages = await deps.persistently('replay.read', () => deps.dueMessages(ids));
  await Promise.all(messages.map((due) => deps.persistently('replay.send', () => deps.sendReplayed(due))));
  for (const due of messages) {
    const seq = seqs.get(due.id);
    if (seq !== undefined) deps.announce(toChange(due, seq));
  }
}

function toChange(due: DeliveryDue, seq: number): DeliveryChange {
  const { tenantId, tenantSlug, eventId, endpointId, attempt } = due;
  return {
    ...{ tenantId, tenantSlug, seq, eventId, endpointId },
    deliveryId: due.id,
    eventType: due.type,
    status: 'PENDING',
    attempt: attempt - 1,
    atMs: Date.now(),
  };
}
