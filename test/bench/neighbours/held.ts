import { serverCpu } from '../server-cpu';
import { median, round, startPublisher, startReceiver, startSubject, type Bench } from '../setting';
import { sized } from '../size';
import { TIMEOUT_MS, createEndpoint, hold, machineLoad, paced, quantiles, type Work } from './work';

const FEW = sized(1000, 100);
const MANY = sized(100_000, 300);
/** Of what is held, how many releases are measured: as many at each size. */
const MEASURED = sized(1000, 100);
const ROUNDS = sized(3, 1);
const PACED = sized(500, 30);

/** What each release costs when few and when many wait for one endpoint, and what the others notice of many. */
export const held: Bench = async (ground) => {
  const receiver = await startReceiver();
  const slow = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, []);
  const work: Work = { subject, publisher, receiver };
  await createEndpoint(subject, { url: receiver.url, eventTypes: ['fine'] });
  await paced(work, PACED / 2);
  const alone = quantiles(await paced(work, PACED));
  const few: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ground.report(`  ${FEW} held`);
    const held = await hold(work, { url: slow.url, eventTypes: [`few.n${round}`] }, FEW);
    few.push(await release({ ...work, receiver: slow }, held));
  }
  ground.report(`  ${MANY} held`);
  const held = await hold(work, { url: slow.url, eventTypes: ['many'] }, MANY);
  const besideHeld = quantiles(await paced(work, PACED));
  const many = await release({ ...work, receiver: slow }, held);
  const besideReleases = quantiles(await paced(work, PACED));
  const releasedMeanwhile = (await slow.count()).count;
  await subject.stop();
  await publisher.close();
  receiver.close();
  slow.close();
  const fewMicros = median(few.map(({ databaseMicros }) => databaseMicros));
  const fewMs = median(few.map(({ msPerRelease }) => msPerRelease));
  return {
    ...{ few, many, databaseRatio: round(many.databaseMicros / fewMicros, 2) },
    timeRatio: round(many.msPerRelease / fewMs, 2),
    others: { alone, besideHeld, besideReleases, releasedMeanwhile },
    p99RatioBesideHeld: round(besideHeld.p99Ms / alone.p99Ms, 2),
    p99RatioBesideReleases: round(besideReleases.p99Ms / alone.p99Ms, 2),
    load: machineLoad(),
  };
};

interface Cost {
  databaseMicros: number;
  msPerRelease: number;
}

/** Resumes, and measures the first of them. */
async function release({ subject, receiver }: Work, id: string): Promise<Cost> {
  receiver.reset();
  const before = serverCpu().database;
  const startMs = performance.timeOrigin + performance.now();
  await subject.ask(
    'mutation ($input: EndpointResumeInput!) { endpointResume(input: $input) { userErrors { message } } }',
    { input: { id } },
  );
  const endMs = await receiver.arrived(MEASURED, TIMEOUT_MS);
  const { count } = await receiver.count();
  return {
    databaseMicros: round((serverCpu().database - before) / count),
    msPerRelease: round((endMs - startMs) / count, 2),
  };
}
