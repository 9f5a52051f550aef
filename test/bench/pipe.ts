import { fork } from 'node:child_process';
import { join } from 'node:path';
import { serverCpu } from './server-cpu';
import {
  answer,
  kilobyte,
  median,
  round,
  startPublisher,
  startReceiver,
  startSubject,
  type Bench,
  type BenchPublisher,
} from './setting';

const EVENTS = 10_000;
const ROUNDS = 3;
const TIMEOUT_MS = 120_000;

interface Round {
  perSecond: number;
  nodeMicros: number;
  brokerMicros: number;
  databaseMicros: number;
}

/** Events per second through Warren, everything recorded, beside the bare pipe, in turns in one run. */
export const pipe: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [receiver.url]);
  const bareQueue = `${subject.namespace}.bare`;
  const bare = fork(join(__dirname, 'bare-pipe.js'), [ground.amqpUrl, bareQueue, receiver.url]);
  await answer(bare);
  const bareCpu = async (): Promise<number> => {
    bare.send('usage');
    const { cpu } = await answer<{ cpu: NodeJS.CpuUsage }>(bare);
    return cpu.user + cpu.system;
  };

  async function measure(publish: () => Promise<void>, nodeCpu: () => Promise<number>): Promise<Round> {
    receiver.reset();
    const before = { node: await nodeCpu(), ...serverCpu() };
    const startMs = performance.timeOrigin + performance.now();
    await publish();
    const endMs = await receiver.arrived(EVENTS, TIMEOUT_MS);
    const after = { node: await nodeCpu(), ...serverCpu() };
    return {
      perSecond: (EVENTS / (endMs - startMs)) * 1000,
      nodeMicros: (after.node - before.node) / EVENTS,
      brokerMicros: (after.broker - before.broker) / EVENTS,
      databaseMicros: (after.database - before.database) / EVENTS,
    };
  }

  const bares: Round[] = [];
  const warrens: Round[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    bares.push(await measure(() => publishBare(publisher, bareQueue), bareCpu));
    warrens.push(
      await measure(
        () => publisher.publish(subject.namespace, () => kilobyte, EVENTS),
        async () => (await subject.usage()).cpuMicros,
      ),
    );
    ground.report(
      `  round ${index + 1}: bare ${round(bares[index]?.perSecond ?? 0)}/s, warren ${round(warrens[index]?.perSecond ?? 0)}/s`,
    );
  }
  bare.disconnect();
  await publisher.channel.deleteQueue(bareQueue);
  await subject.stop();
  await publisher.close();
  receiver.close();
  const of = (rounds: Round[], key: keyof Round): number => round(median(rounds.map((one) => one[key])));
  const summary = (rounds: Round[]) => ({
    perSecond: of(rounds, 'perSecond'),
    cpuMicrosPerDelivery: {
      node: of(rounds, 'nodeMicros'),
      broker: of(rounds, 'brokerMicros'),
      database: of(rounds, 'databaseMicros'),
    },
  });
  return {
    events: EVENTS,
    rounds: ROUNDS,
    bare: summary(bares),
    warren: summary(warrens),
    ratio: round(median(warrens.map((one, index) => one.perSecond / (bares[index]?.perSecond ?? 1))), 3),
  };
};

async function publishBare({ channel }: BenchPublisher, queue: string): Promise<void> {
  for (let index = 0; index < EVENTS; index++) {
    channel.publish('', queue, kilobyte, { persistent: true, contentType: 'application/json' });
    if (index % 1000 === 999) await channel.waitForConfirms();
  }
}
