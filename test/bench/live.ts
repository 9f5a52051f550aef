import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../src/runtime/wait-until';
import {
  answer,
  kilobyte,
  round,
  startPublisher,
  startReceiver,
  startSubject,
  type Bench,
  type BenchPublisher,
  type Subject,
} from './setting';
import { sized } from './size';

const AUDIENCES = sized([1, 100, 1000], [1, 10, 50]);
/** Each event makes two changes: PENDING and DELIVERED. */
const EVENTS_PER_SECOND = 25;
const SECONDS = sized(12, 2);
const EVENTS = EVENTS_PER_SECOND * SECONDS;
const WARM_UP = 50;
const TIMEOUT_MS = 60_000;

/** Of the clients. */
interface Report {
  updates: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  cpuMicros: number;
}

/** From a change's commit to every client having it, with 1, 100 and 1,000 clients on one tenant, at 50 changes a second. */
export const live: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [receiver.url]);
  const rounds: Record<string, unknown>[] = [];
  const perUpdate = (micros: number, clients: number): number => round(micros / (2 * EVENTS * clients), 2);
  ground.report('warm-up');
  await watchWith(subject, publisher, 1);
  for (const clients of AUDIENCES) {
    ground.report(`${clients} clients`);
    const { report, cpuMicros } = await watchWith(subject, publisher, clients);
    const { updates, p50Ms, p99Ms, maxMs } = report;
    rounds.push({
      ...{ clients, updates, p50Ms: round(p50Ms), p99Ms: round(p99Ms), maxMs: round(maxMs) },
      // Processor time for each change and client: of Warren, with all else that it does, and of the client itself.
      serverMicros: perUpdate(cpuMicros, clients),
      clientMicros: perUpdate(report.cpuMicros, clients),
      load: round(loadavg()[0] ?? NaN),
    });
  }
  await subject.stop();
  await publisher.close();
  receiver.close();
  return { changesPerSecond: 2 * EVENTS_PER_SECOND, rounds };
};

async function watchWith(subject: Subject, publisher: BenchPublisher, clients: number) {
  const child = fork(
    join(__dirname, 'live/live-clients.js'),
    [`${subject.url}/graphql`, JSON.stringify(subject.watchParams), String(clients)],
    { execArgv: process.argv.includes('--profile') ? ['--cpu-prof'] : [] },
  );
  await answer(child);
  const report = (): Promise<Report> => {
    child.send({ report: true });
    return answer(child);
  };
  const arrived = async (updates: number): Promise<Report> => {
    let last: Report | undefined;
    const done = await waitUntil(async () => (last = await report()).updates >= updates, {
      timeoutMs: TIMEOUT_MS,
      pauseMs: 500,
    });
    if (!done || !last) throw new Error(`only ${last?.updates ?? 0} of ${updates} updates came`);
    return last;
  };
  await publish(subject, publisher, WARM_UP);
  await arrived(2 * WARM_UP * clients);
  child.send({ reset: true });
  const before = await subject.usage();
  await publish(subject, publisher, EVENTS);
  const result = await arrived(2 * EVENTS * clients);
  const after = await subject.usage();
  child.disconnect();
  return { report: result, cpuMicros: after.cpuMicros - before.cpuMicros };
}

async function publish({ namespace }: Subject, publisher: BenchPublisher, events: number): Promise<void> {
  for (let sent = 0; sent < events; sent++) {
    await publisher.publish(namespace, () => kilobyte, 1);
    await sleep(1000 / EVENTS_PER_SECOND);
  }
}
