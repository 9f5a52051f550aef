import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { answer, kilobyte, type Receiver } from '../setting';

/** BullMQ on Redis with a bare job, nothing recorded: the other reference of `pipe`. */
export interface BullMq {
  add(count: number): Promise<void>;
  cpuMicros(): Promise<number>;
  close(): Promise<void>;
}

const PER_CALL = 500;
const CONNECT_MS = 500;

/** Undefined where there is no Redis at REDIS_URL, or at 127.0.0.1:6379. */
export async function startBullMq(receiver: Receiver): Promise<BullMq | undefined> {
  const url = new URL(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
  if (!(await answersAt(url.hostname, Number(url.port || 6379)))) return undefined;
  const prefix = `bench-${randomBytes(4).toString('hex')}`;
  const queue = new Queue('bare', { connection: { url: url.toString() }, prefix });
  const child = fork(join(__dirname, 'bullmq-worker.js'), [url.toString(), prefix, receiver.url]);
  await answer(child);
  const text = kilobyte.toString();
  return {
    async add(count) {
      for (let added = 0; added < count; added += PER_CALL) {
        const jobs = Array.from({ length: Math.min(PER_CALL, count - added) }, () => ({
          name: 'order.placed',
          data: text,
          opts: { removeOnComplete: true },
        }));
        await queue.addBulk(jobs);
      }
    },
    async cpuMicros() {
      child.send('usage');
      const { cpu } = await answer<{ cpu: NodeJS.CpuUsage }>(child);
      return cpu.user + cpu.system;
    },
    async close() {
      child.disconnect();
      await queue.obliterate({ force: true });
      await queue.close();
    },
  };
}

function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
