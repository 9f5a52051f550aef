import { startBare, startBareBehindExchange, type Bare } from './references/bare';
import { startBullMq, type BullMq } from './references/bullmq';
import { besideServers, measure, rateRatio, summaryOf, type Round } from './measure';
import { serverCpu } from './server-cpu';
import {
  kilobyte,
  round,
  startPublisher,
  startReceiver,
  startSubject,
  type Bench,
  type Receiver,
} from './setting';
import { sized } from './size';

const EVENTS = sized(20_000, 500);
const ROUNDS = sized(5, 1);
/**
 * A process that runs for weeks is measured, not its first seconds, in which Node compiles it: of 20,000 each, Warren's rounds
 * took 247, 203, 155 and then 139 to 156 µs of Node for a delivery, as what runs once for a batch gets its turn late.
 */
const WARM_UPS = sized(3, 0);
const TIMEOUT_MS = 120_000;

/** Events per second through Warren, everything recorded, beside the bare pipe and bare BullMQ, in turns in one run. */
export const pipe: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [receiver.url]);
  const bare = await startBare(ground, publisher, receiver, `${subject.namespace}.bare`);
  const behindExchange = await startBareBehindExchange(
    ground,
    publisher,
    receiver,
    `${subject.namespace}.exchanged`,
  );
  const bullMq = await startBullMq(receiver);
  const common = { receiver, count: EVENTS, timeoutMs: TIMEOUT_MS };
  const measureBare = (one: Bare): Promise<Round> =>
    measure({
      ...common,
      cpu: besideServers(() => one.cpuMicros()),
      work: () => one.publish(EVENTS),
    });
  const bares: Round[] = [];
  const exchanged: Round[] = [];
  const warrens: Round[] = [];
  const bulls: Round[] = [];
  for (let index = -WARM_UPS; index < ROUNDS; index++) {
    const ofBare = await measureBare(bare);
    const ofExchanged = await measureBare(behindExchange);
    const ofWarren = await measure({
      ...common,
      cpu: besideServers(async () => (await subject.usage()).cpuMicros),
      work: () => publisher.publish(subject.namespace, () => kilobyte, EVENTS),
    });
    const ofBullMq = bullMq && (await measureBullMq(bullMq, receiver));
    const rates = [ofBare, ofExchanged, ofWarren, ofBullMq].map((one) => round(one?.perSecond ?? NaN));
    ground.report(
      `  ${index < 0 ? 'warming up' : `round ${index + 1}`}: bare ${rates[0]}/s, behind an exchange ${rates[1]}/s, warren ${rates[2]}/s` +
        (bullMq ? `, bullmq ${rates[3]}/s` : ', no Redis'),
    );
    if (index < 0) continue;
    bares.push(ofBare);
    exchanged.push(ofExchanged);
    warrens.push(ofWarren);
    if (ofBullMq) bulls.push(ofBullMq);
  }
  await bullMq?.close();
  await bare.close();
  await behindExchange.close();
  await subject.stop();
  await publisher.close();
  receiver.close();
  return {
    events: EVENTS,
    rounds: ROUNDS,
    bare: summaryOf(bares),
    bareBehindExchange: summaryOf(exchanged),
    warren: summaryOf(warrens),
    bullmq: bullMq ? summaryOf(bulls) : null,
    ratio: rateRatio(warrens, bares),
    ratioBehindExchange: rateRatio(warrens, exchanged),
    ratioToBullmq: bullMq ? rateRatio(warrens, bulls) : null,
  };
};

const measureBullMq = (bullMq: BullMq, receiver: Receiver): Promise<Round> =>
  measure({
    receiver,
    count: EVENTS,
    timeoutMs: TIMEOUT_MS,
    cpu: async () => ({ node: await bullMq.cpuMicros(), redis: serverCpu().redis }),
    work: () => bullMq.add(EVENTS),
  });
