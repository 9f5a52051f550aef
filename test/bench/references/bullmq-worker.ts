import { Worker } from 'bullmq';
import { makeSignedPost } from './signed-post';

/** The other reference: a bare BullMQ job, signed and POSTed, gone when it is done. argv: Redis, prefix, receiver url. */
const [, , redisUrl = '', prefix = '', url = ''] = process.argv;
const CONCURRENCY = 400;

async function main(): Promise<void> {
  const post = makeSignedPost(url);
  const worker = new Worker<string>('bare', ({ id = '', data }) => post(`msg_${id}`, Buffer.from(data)), {
    connection: { url: redisUrl },
    prefix,
    concurrency: CONCURRENCY,
    removeOnComplete: { count: 0 },
  });
  await worker.waitUntilReady();
  process.send?.({ ready: true });
}

process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
void main();
