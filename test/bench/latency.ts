import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, round, startPublisher, startReceiver, startSubject, type Bench } from './setting';

const EVENTS = 1000;
const WARM_UP = 100;
const PAUSE_MS = 10;

/** From publish to the receiver having the whole request, one event at a time on an idle system. */
export const latency: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [receiver.url]);
  const one = (): Buffer =>
    Buffer.from(JSON.stringify({ sentAtMs: performance.timeOrigin + performance.now() }));
  for (let index = 0; index < WARM_UP + EVENTS; index++) {
    if (index === WARM_UP) {
      await receiver.arrived(WARM_UP, 10_000);
      receiver.reset();
    }
    await publisher.publish(subject.namespace, one, 1);
    await sleep(PAUSE_MS);
  }
  await receiver.arrived(EVENTS, 10_000);
  const { latenciesMs } = await receiver.report();
  await subject.stop();
  await publisher.close();
  receiver.close();
  return {
    events: latenciesMs.length,
    p50Ms: round(quantile(latenciesMs, 0.5), 2),
    p95Ms: round(quantile(latenciesMs, 0.95), 2),
    p99Ms: round(quantile(latenciesMs, 0.99), 2),
    maxMs: round(Math.max(...latenciesMs), 2),
  };
};
