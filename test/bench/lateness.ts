import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATUS_CODES } from '../../src/domain/delivery/delivery-status';
import { encodeId, idBytes } from '../../src/domain/ids';
import { every } from '../../src/runtime/every';
import { waitUntil } from '../../src/runtime/wait-until';
import { besideServers, medianMicros, spent } from './measure';
import { createEndpoint, machineLoad } from './neighbours/work';
import {
  answer,
  kilobyte,
  median,
  quantile,
  round,
  startPublisher,
  startSubject,
  type Bench,
  type BenchPublisher,
  type Ground,
  type Subject,
} from './setting';
import { sized } from './size';
import { openSubjectDatabase } from './subject-database';

const WAITING = sized(100_000, 500);
/** They are on these while the rest is measured, as many on each. */
const LONG_RUNGS = [10_800, 21_600, 43_200, 86_400];
const RUNG_SECONDS = sized(30, 10);
const RETRIES = sized(1000, 60);
const PER_SECOND = sized(50, 20);
const ROUNDS = sized(3, 1);
/** Often enough that every row is seen while it waits. */
const LOOK_MS = (RUNG_SECONDS * 1000) / 10;
const TIMEOUT_MS = 1_800_000;

interface Stand {
  subject: Subject;
  /** Of the endpoint whose retries are measured. */
  endpointId: string;
  database: Awaited<ReturnType<typeof openSubjectDatabase>>;
  rounds: LateRound[];
}

interface LateRound {
  lateMs: number[];
  micros: Record<string, number>;
}

/**
 * How much later than its rung says a delivery comes back: when its second request arrives against the time that its row
 * says, in turns with nothing else on the ladder and with 100,000 deliveries on its longer rungs.
 */
export const lateness: Bench = async (ground) => {
  const receiver = fork(join(__dirname, 'failing-receiver.js'));
  const { port } = await answer<{ port: number }>(receiver);
  const hookUrl = `http://127.0.0.1:${port}`;
  const publisher = await startPublisher(ground.amqpUrl);
  const empty = await startStand(ground, hookUrl);
  const full = await startStand(ground, hookUrl);
  const fillMs = await fillLadder(full, publisher, receiver, hookUrl);
  ground.report(`${WAITING} on the ladder after ${round(fillMs / 1000)} s`);
  for (let turn = 1; turn <= ROUNDS; turn++) {
    for (const stand of [empty, full]) {
      stand.rounds.push(await measureRound(stand, publisher, receiver));
      const { lateMs } = stand.rounds.at(-1) ?? { lateMs: [] };
      ground.report(
        `  round ${turn}, ${stand === full ? WAITING : 0} waiting: p99 ${round(quantile(lateMs, 0.99))} ms late`,
      );
    }
  }
  const rssBytes = (await full.subject.usage()).rssBytes;
  for (const { subject, database } of [empty, full]) {
    await database.close();
    await subject.stop();
  }
  await publisher.close();
  receiver.disconnect();
  return {
    ...{ waiting: WAITING, rungSeconds: RUNG_SECONDS, retriesPerRound: RETRIES, rounds: ROUNDS },
    ...{ empty: summaryOf(empty.rounds), full: summaryOf(full.rounds) },
    ratio: ratioOf(full.rounds, empty.rounds),
    filledPerSecond: round((WAITING / fillMs) * 1000),
    ...{ rssMiB: round(rssBytes / 1024 / 1024), load: machineLoad() },
  };
};

async function startStand(ground: Ground, hookUrl: string): Promise<Stand> {
  const subject = await startSubject(ground, [], {
    WARREN_RETRY_LADDER: [RUNG_SECONDS, ...LONG_RUNGS].join(','),
    // Nothing but failures is what is wanted here, and no gate may hold them.
    WARREN_CIRCUIT_FAILURES: '1000000',
  });
  const retrySchedule = [RUNG_SECONDS, RUNG_SECONDS];
  const endpointId = await createEndpoint(subject, {
    ...{ url: `${hookUrl}/once`, eventTypes: ['late.once'], retrySchedule },
  });
  return { subject, endpointId, database: await openSubjectDatabase(ground, subject), rounds: [] };
}

/** @returns how long it took, in milliseconds */
async function fillLadder(
  { subject, database }: Stand,
  publisher: BenchPublisher,
  receiver: ChildProcess,
  hookUrl: string,
): Promise<number> {
  for (const rung of LONG_RUNGS) {
    await createEndpoint(subject, {
      ...{ url: `${hookUrl}/always`, eventTypes: [`late.n${rung}`], retrySchedule: [rung] },
    });
  }
  const startMs = performance.now();
  await publisher.publish(
    subject.namespace,
    () => kilobyte,
    WAITING,
    (index) => `late.n${LONG_RUNGS[index % LONG_RUNGS.length]}`,
  );
  await waitFor('refusals', async () => (await countOf(receiver)).always >= WAITING);
  const onLadder = async (): Promise<number> => {
    const [row] = await database.database.rows<{ n: number | string }>(
      'select count(*) n from deliveries where status = ?',
      [STATUS_CODES.RETRYING],
    );
    return Number(row?.n);
  };
  await waitFor('deliveries on the ladder', async () => (await onLadder()) >= WAITING);
  return performance.now() - startMs;
}

async function measureRound(
  { subject, endpointId, database }: Stand,
  publisher: BenchPublisher,
  receiver: ChildProcess,
): Promise<LateRound> {
  receiver.send({ reset: true });
  const cpu = besideServers(async () => (await subject.usage()).cpuMicros);
  const before = await cpu();
  const dueMs = new Map<string, number>();
  const look = (): Promise<void> => noteDue(database.database, endpointId, dueMs);
  const looking = every(LOOK_MS, look, (error) => {
    throw error;
  });
  for (let sent = 0; sent < RETRIES; sent++) {
    await publisher.publish(
      subject.namespace,
      () => kilobyte,
      1,
      () => 'late.once',
    );
    await sleep(1000 / PER_SECOND);
  }
  await waitFor('retries', async () => (await countOf(receiver)).returned >= RETRIES);
  await looking.stop();
  const after = await cpu();
  receiver.send({ report: true });
  const { returnedAtMs } = await answer<{ returnedAtMs: Record<string, number> }>(receiver);
  const lateMs = Object.entries(returnedAtMs).flatMap(([id, atMs]) => {
    const due = dueMs.get(id);
    return due === undefined ? [] : [atMs - due];
  });
  if (lateMs.length < RETRIES * 0.9) throw new Error(`the due times of only ${lateMs.length} are known`);
  return { lateMs, micros: spent(before, after, RETRIES) };
}

/** When each that waits is due, by its id: what its sub-rung says. */
async function noteDue(
  database: Stand['database']['database'],
  endpointId: string,
  dueMs: Map<string, number>,
): Promise<void> {
  const rows = await database.rows<{ id: Buffer; due: Date }>(
    'select id, next_attempt_at due from deliveries where endpoint_id = ? and status = ?',
    [idBytes('endpoint', endpointId), STATUS_CODES.RETRYING],
  );
  for (const { id, due } of rows) dueMs.set(encodeId('delivery', id), due.getTime());
}

function countOf(receiver: ChildProcess): Promise<{ always: number; returned: number }> {
  receiver.send({ count: true });
  return answer(receiver);
}

async function waitFor(what: string, isDone: () => Promise<boolean>): Promise<void> {
  if (!(await waitUntil(isDone, { timeoutMs: TIMEOUT_MS, pauseMs: 250 })))
    throw new Error(`not all ${what} within ${TIMEOUT_MS} ms`);
}

/** Medians of the rounds. */
const summaryOf = (rounds: readonly LateRound[]) => ({
  ...{ p50Ms: ofRounds(rounds, 0.5), p99Ms: ofRounds(rounds, 0.99) },
  samples: rounds.reduce((sum, { lateMs }) => sum + lateMs.length, 0),
  // Two attempts each.
  cpuMicrosPerDelivery: medianMicros(rounds.map(({ micros }) => micros)),
});

const ofRounds = (rounds: readonly LateRound[], share: number): number =>
  round(median(rounds.map(({ lateMs }) => quantile(lateMs, share))));

const ratioOf = (rounds: readonly LateRound[], references: readonly LateRound[]) => ({
  p50: round(ofRounds(rounds, 0.5) / ofRounds(references, 0.5), 2),
  p99: round(ofRounds(rounds, 0.99) / ofRounds(references, 0.99), 2),
});
