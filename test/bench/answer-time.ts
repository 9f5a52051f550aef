import { besideServers, measure, summaryOf, type Round } from './measure';
import { machineLoad } from './neighbours/work';
import { kilobyte, startPublisher, startReceiver, startSubject, type Bench, type Receiver } from './setting';
import { sized } from './size';

/** How long receivers take to answer. */
const ANSWERS_MS = sized([0, 50, 150, 400, 1500], [0, 50]);
/** What it once was, and what it is when nobody says. */
const WINDOWS = [400, 4000];
/** One receiver alone has no more than 400 requests open, whatever the window. */
const ENDPOINTS = 4;
const EVENTS = sized(2_500, 75);
const ROUNDS = sized(3, 1);
const TIMEOUT_MS = 120_000;

/** How fast a burst goes to receivers that take their time, by the window, in turns. */
export const answerTime: Bench = async (ground) => {
  const publisher = await startPublisher(ground.amqpUrl);
  const results: Record<string, unknown>[] = [];
  for (const answerMs of ANSWERS_MS) {
    ground.report(`receivers that answer after ${answerMs} ms`);
    const receiver = await startReceiver({ answerMs });
    const subjects = [];
    for (const window of WINDOWS) {
      const settings = { WARREN_WINDOW: String(window) };
      subjects.push({
        window,
        rounds: [] as Round[],
        subject: await startSubject(ground, urlsOf(receiver), settings),
      });
    }
    // The first is for warming up.
    for (let index = 0; index <= ROUNDS; index++) {
      for (const { subject, rounds } of subjects) {
        const one = await measure({
          ...{ receiver, count: EVENTS * ENDPOINTS, timeoutMs: TIMEOUT_MS },
          cpu: besideServers(async () => (await subject.usage()).cpuMicros),
          work: () => publisher.publish(subject.namespace, () => kilobyte, EVENTS),
        });
        if (index > 0) rounds.push(one);
      }
    }
    for (const { window, rounds, subject } of subjects) {
      results.push({ answerMs, window, ...summaryOf(rounds) });
      await subject.stop();
    }
    receiver.close();
  }
  await publisher.close();
  return {
    deliveries: EVENTS * ENDPOINTS,
    endpoints: ENDPOINTS,
    rounds: ROUNDS,
    results,
    load: machineLoad(),
  };
};

const urlsOf = ({ url }: Receiver): string[] =>
  Array.from({ length: ENDPOINTS }, (_, index) => `${url}?endpoint=${index}`);
