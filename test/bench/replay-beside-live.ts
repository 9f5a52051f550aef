import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../src/runtime/wait-until';
import {
  kilobyte,
  median,
  quantile,
  round,
  startPublisher,
  startReceiver,
  startSubject,
  type Bench,
  type BenchPublisher,
  type Receiver,
  type Subject,
} from './setting';
import { sized } from './size';

/** What is replayed: delivered before, and enough to last longer than the events beside it. */
const HISTORY = sized(10_000, 3000);
const ROUNDS = sized(4, 1);
const LIVE_PER_ROUND = sized(300, 20);
const PAUSE_MS = 10;
const TIMEOUT_MS = 300_000;

/**
 * Live events one at a time, alone and beside a running replay, in turns, so that other load on the machine meets both:
 * what a replay costs them, and how fast it is meanwhile.
 */
export const replayBesideLive: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [receiver.url]);
  await publisher.publish(subject.namespace, () => kilobyte, HISTORY);
  await receiver.arrived(HISTORY, TIMEOUT_MS);
  const until = new Date().toISOString();
  await liveLatencies(subject, publisher, receiver);

  const alone: number[] = [];
  const beside: number[] = [];
  const p50Ratios: number[] = [];
  const p99Ratios: number[] = [];
  const rates: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    const before = await liveLatencies(subject, publisher, receiver);
    const id = await startReplay(subject, until);
    await waitUntil(async () => (await progressOf(subject, id)).done > 0, {
      timeoutMs: TIMEOUT_MS,
      pauseMs: 50,
    });
    const startMs = performance.now();
    const { done: doneBefore } = await progressOf(subject, id);
    const meanwhile = await liveLatencies(subject, publisher, receiver);
    const { status, done } = await progressOf(subject, id);
    if (status !== 'RUNNING') throw new Error('the replay ended before the events beside it: raise HISTORY');
    rates.push(((done - doneBefore) / (performance.now() - startMs)) * 1000);
    await cancelReplay(subject, id);
    alone.push(...before);
    beside.push(...meanwhile);
    p50Ratios.push(quantile(meanwhile, 0.5) / quantile(before, 0.5));
    p99Ratios.push(quantile(meanwhile, 0.99) / quantile(before, 0.99));
  }
  await subject.stop();
  await publisher.close();
  receiver.close();
  return {
    rounds: ROUNDS,
    liveEvents: ROUNDS * LIVE_PER_ROUND,
    alone: summaryOf(alone),
    besideReplay: summaryOf(beside),
    p50Ratio: round(quantile(beside, 0.5) / quantile(alone, 0.5), 2),
    p99Ratio: round(quantile(beside, 0.99) / quantile(alone, 0.99), 2),
    p50Ratios: p50Ratios.map((ratio) => round(ratio, 2)),
    p99Ratios: p99Ratios.map((ratio) => round(ratio, 2)),
    replayedPerSecond: round(median(rates)),
  };
};

const summaryOf = (latencies: number[]) => ({
  p50Ms: round(quantile(latencies, 0.5), 2),
  p99Ms: round(quantile(latencies, 0.99), 2),
});

/** Milliseconds from publish to the receiver having the whole request. What is replayed does not say when it was sent. */
async function liveLatencies(
  { namespace }: Subject,
  publisher: BenchPublisher,
  receiver: Receiver,
): Promise<number[]> {
  receiver.reset();
  for (let index = 0; index < LIVE_PER_ROUND; index++) {
    const sentAtMs = performance.timeOrigin + performance.now();
    await publisher.publish(namespace, () => Buffer.from(JSON.stringify({ sentAtMs })), 1);
    await sleep(PAUSE_MS);
  }
  let latencies: number[] = [];
  await waitUntil(async () => (latencies = (await receiver.report()).latenciesMs).length >= LIVE_PER_ROUND, {
    timeoutMs: 30_000,
    pauseMs: 50,
  });
  return latencies;
}

async function startReplay(subject: Subject, until: string): Promise<string> {
  const { replayCreate } = await subject.ask<{ replayCreate: { replay: { id: string } } }>(
    'mutation ($input: ReplayInput!) { replayCreate(input: $input) { replay { id } userErrors { message } } }',
    { input: { until, status: ['DELIVERED'] } },
  );
  return replayCreate.replay.id;
}

async function progressOf(subject: Subject, id: string): Promise<{ status: string; done: number }> {
  const { replay } = await subject.ask<{ replay: { status: string; done: number } }>(
    'query ($id: ID!) { replay(id: $id) { status done } }',
    { id },
  );
  return replay;
}

/** And waits until what it had sent has arrived. */
async function cancelReplay(subject: Subject, id: string): Promise<void> {
  await subject.ask('mutation ($id: ID!) { replayCancel(id: $id) { userErrors { message } } }', { id });
  await waitUntil(
    async () => {
      const { deliveries } = await subject.ask<{ deliveries: { totalCount: number } }>(
        '{ deliveries(filter: { status: [PENDING] }) { totalCount } }',
      );
      return deliveries.totalCount === 0;
    },
    { timeoutMs: TIMEOUT_MS, pauseMs: 50 },
  );
}
