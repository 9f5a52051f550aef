import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface KafkaMessage {
  key: string | null;
  value: string;
  headers: Record<string, string>;
  partition: number;
  offset: number;
}

export interface KafkaCluster {
  port: number;
  /** What another client has read from the topic `orders` so far. */
  messages: KafkaMessage[];
  close(): Promise<void>;
}

/** librdkafka's mock cluster in a process of its own, with a topic `orders`. */
export async function startKafkaCluster(): Promise<KafkaCluster> {
  const messages: KafkaMessage[] = [];
  const child = fork(join(process.cwd(), 'test/support/kafka-cluster.mjs'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the cluster ended with ${code ?? 'a signal'}`)));
    child.on('message', (news: { port?: number; message?: KafkaMessage }) => {
      if (news.port !== undefined) resolve(news.port);
      if (news.message) messages.push(news.message);
    });
  });
  return {
    port,
    messages,
    async close() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
