import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { KafkaRecord } from './kafka-records';

/** Three brokers of librdkafka, which speak the real protocol. */
export interface KafkaCluster {
  /** `127.0.0.1:<port>` of each. */
  brokers: string[];
  /** What they keep, read by kcat, in the order of each partition. */
  kept(topic?: string): Promise<(KafkaRecord & { partition: number })[]>;
  /** A fault, in the words of kafka-cluster.py. */
  fault(line: string): Promise<void>;
  close(): Promise<void>;
}

const PROGRAM = join(__dirname, 'kafka-cluster.py');
const FIND_LIBRARY = 'import ctypes; ctypes.CDLL("librdkafka.so.1")';

/** kcat brings librdkafka, and Python is what calls it. */
export const hasKafkaCluster = (): boolean =>
  spawnSync('kcat', ['-V']).status === 0 && spawnSync('python3', ['-c', FIND_LIBRARY]).status === 0;

export async function startKafkaCluster(): Promise<KafkaCluster> {
  const child = spawn('python3', [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const answer = async (): Promise<string> => ((await once(lines, 'line')) as [string])[0];
  const brokers = (await answer()).split(',');
  return {
    brokers,
    async kept(topic = 'orders') {
      const { stdout } = await promisify(execFile)('kcat', [
        ...['-C', '-q', '-J', '-e', '-o', 'beginning', '-b', brokers.join(','), '-t', topic],
      ]);
      return stdout.split('\n').filter(Boolean).map(readEnvelope);
    },
    async fault(line) {
      const done = answer();
      child.stdin.write(`${line}\n`);
      await done;
    },
    async close() {
      const closed = once(child, 'close');
      child.stdin.end();
      await closed;
    },
  };
}

/** A message as kcat writes it: its headers are names and values by turns. */
function readEnvelope(line: string): KafkaRecord & { partition: number } {
  const { partition, key, payload, headers } = JSON.parse(line) as {
    partition: number;
    key: string | null;
    payload: string;
    headers: string[];
  };
  const pairs = Array.from({ length: headers.length / 2 }, (_, at) => headers.slice(2 * at, 2 * at + 2));
  return { partition, key, value: payload, headers: Object.fromEntries(pairs) as Record<string, string> };
}
