// A Kafka cluster of one broker: librdkafka's own mock cluster, which speaks the real protocol and keeps what it is sent.
// It tells its parent where it listens, and reads topics for it as another client would.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { KafkaClient } from 'kafka-crab-js';

const TCP_LISTEN = '0A';

/** The ports on which this process listens; the mock cluster does not tell. */
function listeningPorts() {
  const sockets = new Set(
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? [];
      } catch {
        // Closed in between.
        return [];
      }
    }),
  );
  return readFileSync('/proc/self/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === TCP_LISTEN && sockets.has(columns[9]))
    .map((columns) => parseInt(columns[1].split(':')[1], 16));
}

const seeds = new KafkaClient({ brokers: '127.0.0.1:9', clientId: 'seed', logLevel: 'error' });
const seeder = seeds.createProducer({ configuration: { 'test.mock.num.brokers': '1' } });
// Whoever produces to it makes a topic.
await seeder.send({ topic: 'orders', messages: [{ payload: Buffer.from('seed') }] });
const [port] = listeningPorts();

const readers = new KafkaClient({ brokers: `127.0.0.1:${port}`, clientId: 'reader', logLevel: 'error' });
const reader = readers.createConsumer({
  groupId: 'reader',
  configuration: { 'auto.offset.reset': 'earliest' },
});
await reader.subscribe('orders');
process.send({ port });

for (;;) {
  const message = await reader.recv();
  if (!message) continue;
  const { payload, key, headers, partition, offset } = message;
  if (payload.toString() === 'seed') continue;
  process.send({
    message: {
      value: payload.toString(),
      key: key?.toString() ?? null,
      headers: Object.fromEntries(
        Object.entries(headers ?? {}).map(([name, value]) => [name, value.toString()]),
      ),
      partition,
      offset,
    },
  });
}
