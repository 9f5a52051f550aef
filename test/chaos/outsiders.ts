import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { builtFile } from '../support/built-file';
import type { GeneratorJob } from './generator';

/** The generator, from here. */
export interface Generator {
  confirmed(): number;
  /** Resolves when every event is confirmed. */
  done: Promise<void>;
  stop(): void;
}

export function startGenerator(job: GeneratorJob): Generator {
  const child = fork(builtFile('test/chaos/generator.js'));
  let confirmed = 0;
  child.on('message', (report: { confirmed: number }) => ({ confirmed } = report));
  child.send(job);
  const done = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`the generator ended with ${String(code)}`);
  });
  done.catch(() => undefined);
  return { confirmed: () => confirmed, done, stop: () => void child.kill('SIGKILL') };
}

/** The receiver, from here. */
export interface LedgerReceiver {
  url(path: string): string;
  /** Requests so far. */
  count(): Promise<number>;
  /** Refuses connections, until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): void;
}

export async function startLedgerReceiver(ledger: string): Promise<LedgerReceiver> {
  const child = fork(builtFile('test/chaos/receiver.js'), [ledger]);
  const { port } = await answerOf<{ port: number }>(child);
  const ask = <T>(order: string): Promise<T> => {
    const answer = answerOf<T>(child);
    child.send(order);
    return answer;
  };
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    count: async () => (await ask<{ count: number }>('count')).count,
    async down() {
      await ask('down');
    },
    async up() {
      await ask('up');
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}
