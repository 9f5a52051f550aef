import { ladderSubRungs, rungAtLeast } from '../../domain/delivery/retry-ladder';
import { BATCHES } from '../../flow';
import { publishOperational } from '../../ingest/publish-operational';
import type { Attempt } from '../../domain/delivery/outcome';
import type { OutcomeToRecord, RecordedOutcome } from '../../domain/delivery/recorded-outcome';
import type { RecordDeps } from '../../record/record-outcome';
import { makeBatcher } from '../../runtime/batcher';
import { makeEndpointSwitch } from '../../store/settings/endpoint-switch';
import { makeRecordStore } from '../../store/deliveries/record-store';
import { ingestDeps } from '../ingesting';
import type { Platform } from '../platform';

/** Bytes of its row, roughly. */
export const weightOfAttempt = (attempt?: Attempt): number =>
  (attempt?.requestBody?.length ?? 0) + (attempt?.response?.body.length ?? 0) + 1000;

/** Recording with the real broker and database behind it; all outcomes of this process share its group commits. */
export function recordDeps(platform: Platform): RecordDeps & { unrecorded(): number } {
  const { outlets, metrics, database, clock, persistently } = platform;
  const store = makeRecordStore(database);
  const endpointSwitch = makeEndpointSwitch(database);
  const ingest = ingestDeps(platform);
  const writes = makeBatcher<OutcomeToRecord, RecordedOutcome>({
    maxItems: BATCHES.record.maxItems,
    maxWeight: BATCHES.record.maxWeightBytes,
    weigh: ({ attempt }) => weightOfAttempt(attempt),
    concurrency: BATCHES.record.concurrency,
    async run(batch) {
      const end = metrics.batchSeconds.startTimer({ stage: 'record' });
      metrics.batchItems.observe({ stage: 'record' }, batch.length);
      const results = await store.recordOutcomes(batch, clock.now());
      end();
      return results;
    },
  });
  const { ladder } = platform.config;
  const rungs = new Set(ladderSubRungs(ladder).map(({ name }) => name));
  // An operator may have taken a rung away that an endpoint's schedule still names.
  const nearestRung = (rungName: string): string =>
    String(rungAtLeast(Number.parseInt(rungName, 10), ladder));
  return {
    write: (outcome) => writes.add(outcome),
    unrecorded: () => writes.size(),
    sendToRung: (rungName, due) =>
      outlets.sendToRung(rungs.has(rungName) ? rungName : nearestRung(rungName), due),
    sendToDeadLetters: (due, lastError) => outlets.sendToDeadLetters(due, lastError),
    async disableEndpoint(tenantId, endpointId, reason) {
      const version = await endpointSwitch.disable(tenantId, endpointId, reason, new Date());
      if (version === undefined) return;
      platform.configs.noteVersion(tenantId, version);
      outlets.announceControl({ kind: 'config', tenantId, version });
    },
    publishOperational: (event) => publishOperational(ingest, event),
    announce: (change) => outlets.announceChange(change),
    nudgeGate: (due, because) => platform.gateHints.nudge(due, because),
    persistently,
    now: () => clock.now(),
  };
}
