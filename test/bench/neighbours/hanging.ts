import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { median, round, startPublisher, startReceiver, startSubject, type Bench } from '../setting';
import { sized } from '../size';
import { burst, createEndpoint, everySoOften, machineLoad, paced, quantiles, send, type Work } from './work';

const ROUNDS = sized(8, 1);
const PACED = sized(300, 30);
const BURST = sized(3000, 200);
/** Of all traffic, to the neighbour. */
const SHARE = 0.3;
const TIMEOUT_MS = 2000;

/** What an endpoint that never answers costs the others, whose traffic is the same alone, beside it, and beside one that answers. */
export const hanging: Bench = async (ground) => {
  const receiver = await startReceiver();
  const hole = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(hole, 'listening');
  const holeUrl = `http://127.0.0.1:${(hole.address() as AddressInfo).port}/hangs`;
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, []);
  const work: Work = { subject, publisher, receiver };
  await createEndpoint(subject, { url: receiver.url, eventTypes: ['fine'] });
  const good = await startReceiver();
  await createEndpoint(subject, { url: good.url, eventTypes: ['answers'] });
  await createEndpoint(subject, { url: holeUrl, eventTypes: ['hangs'], timeoutMs: TIMEOUT_MS });
  await traffic(work);
  const [alone, besideAnswering, besideHanging]: [Traffic[], Traffic[], Traffic[]] = [[], [], []];
  for (let round = 1; round <= ROUNDS; round++) {
    ground.report(
      `  round ${round} of ${ROUNDS}: alone, beside one that answers, beside one that never does`,
    );
    alone.push(await traffic(work));
    besideAnswering.push(await traffic(work, 'answers'));
    besideHanging.push(await traffic(work, 'hangs'));
  }
  await subject.stop();
  await publisher.close();
  receiver.close();
  good.close();
  hole.closeAllConnections();
  hole.close();
  const [byItself, withGood, withHanging] = [
    summary(alone),
    summary(besideAnswering),
    summary(besideHanging),
  ];
  return {
    ...{ share: SHARE, alone: byItself, besideAnswering: withGood, besideHanging: withHanging },
    pacedThroughputRatio: round(withHanging.pacedPerSecond / byItself.pacedPerSecond, 2),
    p99Ratio: round(withHanging.p99Ms / byItself.p99Ms, 2),
    throughputRatio: round(withHanging.perSecond / withGood.perSecond, 2),
    throughputRatioToAlone: round(withHanging.perSecond / byItself.perSecond, 2),
    load: machineLoad(),
  };
};

interface Traffic {
  latenciesMs: number[];
  /** Of the events that come one at a time: all of them, unless something holds them up. */
  pacedPerSecond: number;
  perSecond: number;
  cpuMicros: number;
  readyMax: number;
  rssMiB: number;
  /** After a full garbage collection. */
  liveMiB: number;
}

/** Events one at a time, then a burst; `type` is the neighbour's. */
async function traffic(work: Work, type?: string): Promise<Traffic> {
  const { subject, publisher } = work;
  let readyMax = 0;
  const sampling = setInterval(() => {
    void publisher.channel
      .checkQueue(`${subject.namespace}.deliver`)
      .then(({ messageCount }) => (readyMax = Math.max(readyMax, messageCount)));
  }, 500);
  const beside = type === undefined ? undefined : everySoOften(SHARE, () => send(work, type));
  const startMs = performance.now();
  const latenciesMs = await paced(work, PACED, beside);
  const pacedPerSecond = (PACED * 1000) / (performance.now() - startMs);
  const before = await subject.usage();
  const perSecond = await burst(work, BURST, beside);
  const after = await subject.usage();
  clearInterval(sampling);
  const { liveBytes } = await subject.memory();
  const cpuMicros = (after.cpuMicros - before.cpuMicros) / BURST;
  return {
    latenciesMs,
    pacedPerSecond,
    perSecond,
    cpuMicros,
    readyMax,
    rssMiB: after.rssBytes / 1024 / 1024,
    liveMiB: liveBytes / 1024 / 1024,
  };
}

function summary(rounds: readonly Traffic[]) {
  return {
    ...quantiles(rounds.flatMap(({ latenciesMs }) => latenciesMs)),
    pacedPerSecond: round(median(rounds.map(({ pacedPerSecond }) => pacedPerSecond))),
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpuMicrosPerEvent: round(median(rounds.map(({ cpuMicros }) => cpuMicros))),
    rounds: rounds.map(({ perSecond }) => round(perSecond, 0)),
    readyMax: Math.max(...rounds.map(({ readyMax }) => readyMax)),
    rssMiB: rounds.map(({ rssMiB }) => round(rssMiB, 0)),
    liveMiB: rounds.map(({ liveMiB }) => round(liveMiB, 0)),
  };
}
