import { fork } from 'node:child_process';
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
  const child = fork(join(__dirname, 'bare-pipe.js'), [amqpUrl, queue, receiver.url]);
  await answer(child);
  return {
    async publish(count, body = () => kilobyte) {
      for (let index = 0; index < count; index++) {
        channel.publish('', queue, body(), { persistent: true, contentType: 'application/json' });
        if (index % 1000 === 999) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
    },
    async cpuMicros() {
      child.send('usage');
      const { cpu } = await answer<{ cpu: NodeJS.CpuUsage }>(child);
      return cpu.user + cpu.system;
    },
    async close() {
      child.disconnect();
      await channel.deleteQueue(queue);
    },
  };
}
