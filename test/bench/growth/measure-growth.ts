import { waitUntil } from '../../../src/runtime/wait-until';
import { besideServers, costRatio, measure, summaryOf, type Round } from '../measure';
import { machineLoad } from '../neighbours/work';
import {
  median,
  round,
  startPublisher,
  startReceiver,
  startSubject,
  type BenchPublisher,
  type Ground,
  type JoinedProcess,
  type Receiver,
  type Subject,
} from '../setting';
import { sized } from '../size';

const EVENTS = sized(4000, 100);
const ROUNDS = sized(5, 1);
const START_UPS = sized(5, 1);
const WARM_UP = sized(2000, 20);
const TIMEOUT_MS = 120_000;
const SETTLE_MS = 500;

/** The n-th event, which exactly one subscription is to get. */
export interface Traffic {
  typeOf(n: number): string;
  dataOf(n: number): object;
}

interface Deployment {
  subject: Subject;
  size: number;
  /** Where all events must arrive. */
  hookUrl: string;
}

export interface Growth {
  sizes: readonly number[];
  /** Makes a deployment so large. Its pipeline is not running yet. */
  fill: (deployment: Deployment) => Promise<Traffic>;
}

/** A deployment of one size: the API in one process, router and worker in another, which is the one that is measured. */
interface Stand {
  size: number;
  subject: Subject;
  pipeline: JoinedProcess | undefined;
  traffic: Traffic;
  readyMs: number[];
  firstDeliveryMs: number[];
  rounds: Round[];
}

/** What a delivery costs at each size, and how long it takes to start there; all sizes in turns. */
export async function measureGrowth(
  ground: Ground,
  { sizes, fill }: Growth,
): Promise<Record<string, unknown>> {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const stands: Stand[] = [];
  try {
    for (const size of sizes) {
      ground.report(`filling up to ${size}`);
      const subject = await startSubject(ground, [], { WARREN_ROLES: 'api' });
      const stand: Stand = {
        ...{ size, subject, pipeline: undefined, readyMs: [], firstDeliveryMs: [], rounds: [] },
        traffic: { typeOf: () => '', dataOf: () => ({}) },
      };
      stands.push(stand);
      stand.traffic = await fill({ subject, size, hookUrl: receiver.url });
    }
    for (let turn = 1; turn <= START_UPS; turn++) {
      ground.report(`start-up ${turn} of ${START_UPS}`);
      for (const stand of stands) await startUp(stand, publisher, receiver);
    }
    for (const stand of stands) await send(stand, publisher, receiver, WARM_UP);
    for (let turn = 1; turn <= ROUNDS; turn++) {
      ground.report(`round ${turn} of ${ROUNDS}`);
      for (const stand of stands) stand.rounds.push(await send(stand, publisher, receiver, EVENTS));
    }
    return await resultOf(stands);
  } finally {
    for (const { pipeline, subject } of stands) {
      await pipeline?.stop();
      await subject.stop();
    }
    await publisher.close();
    receiver.close();
  }
}

/** From the start of its process until it takes work, and until the first event of all has arrived. */
async function startUp(stand: Stand, publisher: BenchPublisher, receiver: Receiver): Promise<void> {
  await stand.pipeline?.stop();
  receiver.reset();
  const startMs = performance.timeOrigin + performance.now();
  const pipeline = await stand.subject.join({ WARREN_ROLES: 'router,worker' });
  stand.pipeline = pipeline;
  const isReady = async (): Promise<boolean> => (await fetch(`${pipeline.url}/readyz`)).ok;
  if (!(await waitUntil(isReady, { timeoutMs: TIMEOUT_MS, pauseMs: 5 })))
    throw new Error(`not ready at size ${stand.size}`);
  const readyMs = performance.timeOrigin + performance.now();
  await publish(stand, publisher, 1);
  stand.readyMs.push(readyMs - startMs);
  stand.firstDeliveryMs.push((await receiver.arrived(1, TIMEOUT_MS)) - readyMs);
}

const send = ({ pipeline, ...stand }: Stand, publisher: BenchPublisher, receiver: Receiver, count: number) =>
  measure({
    receiver,
    count,
    cpu: besideServers(async () => (await pipeline?.usage())?.cpuMicros ?? 0),
    work: () => publish(stand, publisher, count),
    timeoutMs: TIMEOUT_MS,
    settleMs: SETTLE_MS,
  });

const NOTE = 'x'.repeat(900);

/** So that not only the first of many sizes are met; relatively prime to every size. */
const STRIDE = 7919;

const publish = (
  { subject, traffic }: Pick<Stand, 'subject' | 'traffic'>,
  publisher: BenchPublisher,
  count: number,
) =>
  publisher.publish(
    subject.namespace,
    (index) => Buffer.from(JSON.stringify({ ...traffic.dataOf(index * STRIDE), note: NOTE })),
    count,
    (index) => traffic.typeOf(index * STRIDE),
  );

async function resultOf(stands: readonly Stand[]): Promise<Record<string, unknown>> {
  const [smallest, largest] = [stands[0], stands.at(-1)];
  const bySize: Record<string, unknown>[] = [];
  for (const { size, rounds, readyMs, firstDeliveryMs, pipeline } of stands) {
    bySize.push({
      ...{ size, ...summaryOf(rounds) },
      ...{ readyMs: round(median(readyMs), 0), firstDeliveryMs: round(median(firstDeliveryMs)) },
      rssMiB: round(((await pipeline?.usage())?.rssBytes ?? 0) / 1024 / 1024),
    });
  }
  return {
    ...{ events: EVENTS, rounds: ROUNDS, sizes: bySize },
    costRatio: costRatio(largest?.rounds ?? [], smallest?.rounds ?? []),
    readyRatio: round(median(largest?.readyMs ?? []) / median(smallest?.readyMs ?? []), 2),
    load: machineLoad(),
  };
}
