import { startBare, type Bare } from './references/bare';
import { besideServers, rateRatio, spent, summaryOf, type CpuSoFar, type Round } from './measure';
import { machineLoad } from './neighbours/work';
import {
  kilobyte,
  median,
  round,
  startPublisher,
  startReceiver,
  startSubject,
  type Bench,
  type JoinedProcess,
  type Receiver,
} from './setting';
import { sized } from './size';

const isLarge = process.argv.includes('--large');
const EVENTS = sized(isLarge ? 1_000_000 : 100_000, 500);
const ROUNDS = sized(isLarge ? 1 : 3, 1);
const SAMPLE_MS = 250;
const TIMEOUT_MS = 3_600_000;

/**
 * 100,000 events of 1 kB that are queued before anybody takes them: how fast they drain once router and worker start,
 * in turns with the bare pipe, and whether memory stays flat while they do. `--large`: a million, once.
 */
export const burst: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [receiver.url], { WARREN_ROLES: 'api' });
  const queue = `${subject.namespace}.bare`;
  const bares: Round[] = [];
  const warrens: Round[] = [];
  const memory: Memory[] = [];
  for (let turn = 1; turn <= ROUNDS; turn++) {
    await publisher.channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    for (let sent = 0; sent < EVENTS; sent += 1000) {
      for (let n = sent; n < Math.min(EVENTS, sent + 1000); n++)
        publisher.channel.publish('', queue, kilobyte, { persistent: true });
      await publisher.channel.waitForConfirms();
    }
    const bare = await drain(receiver, () => startBare(ground, publisher, receiver, queue), {
      cpu: (started: Bare) => besideServers(() => started.cpuMicros()),
    });
    await bare.process.close();
    bares.push(bare.round);

    await publisher.publish(subject.namespace, () => kilobyte, EVENTS);
    const samples: number[] = [];
    let sampling: NodeJS.Timeout | undefined;
    const warren = await drain(receiver, () => subject.join({ WARREN_ROLES: 'router,worker' }), {
      cpu: (started: JoinedProcess) => besideServers(async () => (await started.usage()).cpuMicros),
      started: (started) => {
        sampling = setInterval(
          () => void started.usage().then(({ rssBytes }) => samples.push(rssBytes / 1024 / 1024)),
          SAMPLE_MS,
        );
      },
    });
    clearInterval(sampling);
    await warren.process.stop();
    warrens.push(warren.round);
    memory.push(memoryOf(samples));
    ground.report(
      `  round ${turn}: bare ${round(bare.round.perSecond)}/s, warren ${round(warren.round.perSecond)}/s`,
    );
  }
  await subject.stop();
  await publisher.close();
  receiver.close();
  const ofRounds = (key: keyof Memory): number => round(median(memory.map((one) => one[key])));
  return {
    ...{ events: EVENTS, rounds: ROUNDS, bare: summaryOf(bares), warren: summaryOf(warrens) },
    ratio: rateRatio(warrens, bares),
    rssMiB: { firstThird: ofRounds('firstThird'), lastThird: ofRounds('lastThird'), max: ofRounds('max') },
    load: machineLoad(),
  };
};

/** From when the process is there to the last arrival. */
async function drain<Process>(
  receiver: Receiver,
  start: () => Promise<Process>,
  watch: { cpu: (process: Process) => CpuSoFar; started?: (process: Process) => void },
): Promise<{ process: Process; round: Round }> {
  receiver.reset();
  const process = await start();
  const cpu = watch.cpu(process);
  const before = await cpu();
  const startMs = performance.timeOrigin + performance.now();
  watch.started?.(process);
  const endMs = await receiver.arrived(EVENTS, TIMEOUT_MS);
  const micros = spent(before, await cpu(), EVENTS);
  return { process, round: { perSecond: (EVENTS / (endMs - startMs)) * 1000, micros } };
}

interface Memory {
  firstThird: number;
  lastThird: number;
  max: number;
}

function memoryOf(samples: readonly number[]): Memory {
  const third = Math.max(1, Math.floor(samples.length / 3));
  return {
    firstThird: median(samples.slice(0, third)),
    lastThird: median(samples.slice(-third)),
    max: Math.max(...samples),
  };
}
