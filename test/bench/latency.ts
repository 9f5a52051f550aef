import { setTimeout as sleep } from 'node:timers/promises';
import { startBare } from './references/bare';
import { besideServers, medianMicros, spent, type CpuSoFar } from './measure';
import { machineLoad } from './neighbours/work';
import {
  median,
  quantile,
  round,
  startPublisher,
  startReceiver,
  startSubject,
  type Bench,
  type Receiver,
} from './setting';
import { sized } from './size';

const ROUNDS = sized(4, 1);
const EVENTS = sized(500, 30);
const WARM_UP = sized(100, 10);
const PAUSE_MS = 10;
/** To find out what half of the load is. */
const BURST = sized(5000, 200);
const HALF_LOAD_SECONDS = sized(10, 2);
const TIMEOUT_MS = 120_000;

interface Latencies {
  ms: number[];
  micros: Record<string, number>;
}

/**
 * From publish to the receiver having the whole request: one event at a time on an idle system, in turns with the bare
 * pipe; and at half of the rate that a burst runs at.
 */
export const latency: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [receiver.url]);
  const bare = await startBare(ground, publisher, receiver, `${subject.namespace}.bare`);
  const bareCpu = besideServers(() => bare.cpuMicros());
  const warrenCpu = besideServers(async () => (await subject.usage()).cpuMicros);
  const toBare = (): Promise<void> => bare.publish(1, stamped);
  const toWarren = (): Promise<void> => publisher.publish(subject.namespace, stamped, 1);

  await oneAtATime(receiver, bareCpu, toBare, WARM_UP);
  await oneAtATime(receiver, warrenCpu, toWarren, WARM_UP);
  const bares: Latencies[] = [];
  const warrens: Latencies[] = [];
  for (let turn = 1; turn <= ROUNDS; turn++) {
    ground.report(`  round ${turn} of ${ROUNDS}`);
    bares.push(await oneAtATime(receiver, bareCpu, toBare, EVENTS));
    warrens.push(await oneAtATime(receiver, warrenCpu, toWarren, EVENTS));
  }

  ground.report('  at half load');
  const publishMany = (count: number): Promise<void> => publisher.publish(subject.namespace, stamped, count);
  await rateOf(receiver, publishMany);
  const perSecond = (await rateOf(receiver, publishMany)) / 2;
  const atHalfLoad = await paced(receiver, publishMany, perSecond);
  await bare.close();
  await subject.stop();
  await publisher.close();
  receiver.close();
  return {
    ...{ events: EVENTS, rounds: ROUNDS, bare: summaryOf(bares), warren: summaryOf(warrens) },
    p50Ratio: ratioOf(warrens, bares, 0.5),
    p99Ratio: ratioOf(warrens, bares, 0.99),
    atHalfLoad: { perSecond: round(perSecond), events: atHalfLoad.length, ...quantilesOf(atHalfLoad) },
    load: machineLoad(),
  };
};

const stamped = (): Buffer =>
  Buffer.from(JSON.stringify({ sentAtMs: performance.timeOrigin + performance.now() }));

async function oneAtATime(
  receiver: Receiver,
  cpu: CpuSoFar,
  publish: () => Promise<void>,
  count: number,
): Promise<Latencies> {
  receiver.reset();
  const before = await cpu();
  for (let index = 0; index < count; index++) {
    await publish();
    await sleep(PAUSE_MS);
  }
  await receiver.arrived(count, TIMEOUT_MS);
  const micros = spent(before, await cpu(), count);
  return { ms: (await receiver.report()).latenciesMs, micros };
}

/** Events a second of a burst. */
async function rateOf(receiver: Receiver, publish: (count: number) => Promise<void>): Promise<number> {
  receiver.reset();
  const startMs = performance.timeOrigin + performance.now();
  await publish(BURST);
  return (BURST / ((await receiver.arrived(BURST, TIMEOUT_MS)) - startMs)) * 1000;
}

/** So many a second, in small portions; nobody waits for a confirm before the next. */
async function paced(
  receiver: Receiver,
  publish: (count: number) => Promise<void>,
  perSecond: number,
): Promise<number[]> {
  receiver.reset();
  const startMs = performance.now();
  const total = Math.ceil(perSecond * HALF_LOAD_SECONDS);
  const confirmed: Promise<void>[] = [];
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.ceil(((performance.now() - startMs) / 1000) * perSecond));
    if (due > sent) confirmed.push(publish(due - sent));
    sent = due;
    await sleep(PAUSE_MS);
  }
  await Promise.all(confirmed);
  await receiver.arrived(total, TIMEOUT_MS);
  return (await receiver.report()).latenciesMs;
}

const SHARES = { p50Ms: 0.5, p95Ms: 0.95, p99Ms: 0.99, maxMs: 1 };

const quantilesOf = (ms: readonly number[]): Record<string, number> =>
  Object.fromEntries(Object.entries(SHARES).map(([name, share]) => [name, round(quantile(ms, share), 2)]));

/** Medians of the rounds. */
const summaryOf = (rounds: readonly Latencies[]) => ({
  ...Object.fromEntries(
    Object.entries(SHARES).map(([name, share]) => [
      name,
      round(median(rounds.map(({ ms }) => quantile(ms, share))), 2),
    ]),
  ),
  cpuMicrosPerDelivery: medianMicros(rounds.map(({ micros }) => micros)),
});

const ratioOf = (rounds: readonly Latencies[], references: readonly Latencies[], share: number): number =>
  round(
    median(rounds.map(({ ms }, at) => quantile(ms, share) / quantile(references[at]?.ms ?? [], share))),
    2,
  );
