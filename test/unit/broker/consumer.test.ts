import { EventEmitter } from 'node:events';
import pino from 'pino';
import type { BrokerConnection } from '../../../src/broker/connection';
import { makeConsumer } from '../../../src/broker/consumer';

it('consumes nothing before its prefetch is set, whatever size it is told meanwhile', async () => {
  const steps: string[] = [];
  let setPrefetch = (): void => undefined;
  const channel = Object.assign(new EventEmitter(), {
    prefetch: () =>
      new Promise<void>((resolve) => (setPrefetch = resolve)).then(() => steps.push('prefetch')),
    consume: () => Promise.resolve({ consumerTag: `tag-${steps.push('consume')}` }),
    cancel: () => Promise.resolve(steps.push('cancel')),
  });
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
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await turn();
  consumer.resize(2);
  await turn();
  expect(steps).toEqual([]);
  setPrefetch();
  await turn();
  expect(steps).toEqual(['prefetch', 'consume', 'consume']);
});
