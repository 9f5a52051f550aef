import { EventEmitter } from 'node:events';
import pino from 'pino';
import type { BrokerConnection } from '../../../src/broker/connection';
import { makeConsumer } from '../../../src/broker/consumer';

/** A channel that answers each step, in its order, when the test says so. */
function makeChannel() {
  const steps: string[] = [];
  const waiting: (() => void)[] = [];
  let tags = 0;
  const step = <T>(what: string, answer: T): Promise<T> =>
    new Promise((resolve) => {
      steps.push(what);
      waiting.push(() => resolve(answer));
    });
  const channel = Object.assign(new EventEmitter(), {
    prefetch: () => step('prefetch', undefined),
    consume: () => step('consume', { consumerTag: `tag-${++tags}` }),
    cancel: (tag: string) => step(`cancel ${tag}`, undefined),
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const answerOne = async (): Promise<void> => {
    waiting.shift()?.();
    await turn();
  };
  return { channel, steps, answerOne, turn, unanswered: () => waiting.length };
}

async function consumeFrom(channel: EventEmitter) {
  const model = { createChannel: () => Promise.resolve(channel) };
  const connection = {
    current: () => model,
    onUp: (listener: () => void) => listener(),
    onDown: () => undefined,
  } as unknown as BrokerConnection;
  const consumer = makeConsumer(connection, {
    ...{ queue: 'q', prefetch: 10, logger: pino({ level: 'silent' }) },
    onMessage: () => undefined,
  });
  await new Promise((resolve) => setImmediate(resolve));
  return consumer;
}

it('consumes nothing before its prefetch is set, whatever size it is told meanwhile', async () => {
  const { channel, steps, answerOne, turn } = makeChannel();
  const consumer = await consumeFrom(channel);
  consumer.resize(2);
  await turn();
  expect(steps).toEqual(['prefetch']);
  await answerOne();
  expect(steps).toEqual(['prefetch', 'consume']);
  await answerOne();
  expect(steps).toEqual(['prefetch', 'consume', 'consume']);
});

it.each([
  ['the first', 1],
  ['one more', 2],
])('has stopped only once %s that was about to begin is cancelled, too', async (_which, times) => {
  const { channel, steps, answerOne, unanswered } = makeChannel();
  const consumer = await consumeFrom(channel);
  await answerOne();
  if (times === 2) {
    await answerOne();
    consumer.resize(2);
  }
  let isStopped = false;
  const stopping = consumer.stop().then(() => (isStopped = true));
  while (!steps.includes(`cancel tag-${times}`) || unanswered() > 1) await answerOne();
  expect(isStopped).toBe(false);
  await answerOne();
  await stopping;
  expect(steps.filter((step) => step === 'consume')).toHaveLength(times);
});

it('begins nothing once it is stopped', async () => {
  const { channel, steps, answerOne } = makeChannel();
  const consumer = await consumeFrom(channel);
  await consumer.stop();
  await answerOne();
  expect(steps).toEqual(['prefetch']);
});
