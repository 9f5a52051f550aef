import { kilobyte, median, round, startPublisher, startReceiver, startSubject, type Bench } from './setting';

const EVENTS = 20_000;
const SAMPLE_MS = 250;
const TIMEOUT_MS = 300_000;

/** 20,000 events of 1 kB at once: how fast they drain, and whether memory stays flat while they do. */
export const burst: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [receiver.url]);
  await publisher.publish(subject.namespace, () => kilobyte, 2000);
  await receiver.arrived(2000, TIMEOUT_MS);
  receiver.reset();

  const samples: number[] = [];
  const sampling = setInterval(
    () => void subject.usage().then(({ rssBytes }) => samples.push(rssBytes)),
    SAMPLE_MS,
  );
  const startMs = performance.timeOrigin + performance.now();
  await publisher.publish(subject.namespace, () => kilobyte, EVENTS);
  const endMs = await receiver.arrived(EVENTS, TIMEOUT_MS);
  clearInterval(sampling);
  await subject.stop();
  await publisher.close();
  receiver.close();

  const mebibytes = samples.map((bytes) => bytes / 1024 / 1024);
  const third = Math.max(1, Math.floor(mebibytes.length / 3));
  return {
    events: EVENTS,
    perSecond: round((EVENTS / (endMs - startMs)) * 1000),
    rssMiB: {
      firstThird: round(median(mebibytes.slice(0, third))),
      lastThird: round(median(mebibytes.slice(-third))),
      max: round(Math.max(...mebibytes)),
    },
  };
};
