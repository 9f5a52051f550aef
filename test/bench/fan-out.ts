import { startBare } from './references/bare';
import { seedEndpoints } from './endpoints-seed';
import { besideServers, costRatio, measure, rateRatio, summaryOf, type Round } from './measure';
import { machineLoad } from './neighbours/work';
import { kilobyte, startPublisher, startReceiver, startSubject, type Bench } from './setting';
import { sized } from './size';
import { openSubjectDatabase } from './subject-database';

const WIDTHS = sized([1, 10, 1000], [1, 10, 100]);
/** Of every width, in each round. */
const DELIVERIES = sized(10_000, 200);
const ROUNDS = sized(3, 1);
const TIMEOUT_MS = 120_000;
const SETTLE_MS = 500;

const typeFor = (width: number): string => `fan.to-${width}`;

/** What a delivery costs when its event goes to 1, 10 or 1,000 endpoints, beside the bare pipe, in turns. */
export const fanOut: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, []);
  const { database, close } = await openSubjectDatabase(ground, subject);
  const subscriptions = Array.from({ length: Math.max(...WIDTHS) }, (_, n) => [
    { eventTypes: WIDTHS.filter((width) => n < width).map(typeFor) },
  ]);
  await seedEndpoints(subject, database, { url: receiver.url, subscriptions });
  await close();
  const bare = await startBare(ground, publisher, receiver, `${subject.namespace}.bare`);
  const common = { receiver, count: DELIVERIES, timeoutMs: TIMEOUT_MS, settleMs: SETTLE_MS };
  const toWidth = (width: number): Promise<Round> =>
    measure({
      ...common,
      cpu: besideServers(async () => (await subject.usage()).cpuMicros),
      work: () =>
        publisher.publish(
          subject.namespace,
          () => kilobyte,
          DELIVERIES / width,
          () => typeFor(width),
        ),
    });

  ground.report('warm-up');
  for (const width of WIDTHS) await toWidth(width);
  const bares: Round[] = [];
  const rounds = new Map(WIDTHS.map((width): [number, Round[]] => [width, []]));
  for (let index = 0; index < ROUNDS; index++) {
    ground.report(`round ${index + 1} of ${ROUNDS}`);
    bares.push(
      await measure({
        ...common,
        cpu: besideServers(() => bare.cpuMicros()),
        work: () => bare.publish(DELIVERIES),
      }),
    );
    for (const [width, all] of rounds) all.push(await toWidth(width));
  }
  await bare.close();
  await subject.stop();
  await publisher.close();
  receiver.close();
  const single = rounds.get(1) ?? [];
  return {
    ...{ deliveries: DELIVERIES, rounds: ROUNDS, bare: summaryOf(bares) },
    widths: [...rounds].map(([width, all]) => ({
      width,
      ...summaryOf(all),
      ratio: rateRatio(all, bares),
      // What one of many costs, as a multiple of one alone.
      costAgainstOne: costRatio(all, single),
    })),
    load: machineLoad(),
  };
};
