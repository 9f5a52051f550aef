import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { answer, kilobyte, type BenchPublisher, type Ground, type Receiver } from '../setting';

/** The bare pipe in a process of its own: the reference of everything that delivers. */
export interface Bare {
  /** Confirmed, a thousand at a time. */
  publish(count: number, body?: () => Buffer): Promise<void>;
  cpuMicros(): Promise<number>;
  close(): Promise<void>;
}

export async function startBare(
  { amqpUrl }: Ground,
  { channel }: BenchPublisher,
  receiver: Receiver,
  queue: string,
): Promise<Bare> {
  const child = await startPipe(amqpUrl, receiver, queue);
  return {
    async publish(count, body = () => kilobyte) {
      for (let index = 0; index < count; index++) {
        channel.publish('', queue, body(), { persistent: true, contentType: 'application/json' });
        if (index % 1000 === 999) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
    },
    cpuMicros: () => cpuMicrosOf(child),
    async close() {
      child.disconnect();
      await channel.deleteQueue(queue);
    },
  };
}

/**
 * The same, fed as Warren is: the same messages, through a topic exchange. The broker then does as much for a message before
 * either of them has it.
 */
export async function startBareBehindExchange(
  { amqpUrl }: Ground,
  publisher: BenchPublisher,
  receiver: Receiver,
  name: string,
): Promise<Bare> {
  const { channel } = publisher;
  const child = await startPipe(amqpUrl, receiver, name);
  const exchange = `${name}.events`;
  await channel.assertExchange(exchange, 'topic');
  await channel.bindQueue(name, exchange, '#');
  return {
    publish: (count, body = () => kilobyte) => publisher.publish(name, body, count),
    cpuMicros: () => cpuMicrosOf(child),
    async close() {
      child.disconnect();
      await channel.deleteQueue(name);
      await channel.deleteExchange(exchange);
    },
  };
}

async function startPipe(amqpUrl: string, { url }: Receiver, queue: string): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'bare-pipe.js'), [amqpUrl, queue, url]);
  await answer(child);
  return child;
}

async function cpuMicrosOf(child: ChildProcess): Promise<number> {
  child.send('usage');
  const { cpu } = await answer<{ cpu: NodeJS.CpuUsage }>(child);
  return cpu.user + cpu.system;
}
