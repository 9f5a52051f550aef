import { connect } from 'amqplib';
import { makeSignedPost } from './signed-post';

/**
 * The reference: consume, sign, POST, ack — nothing recorded, nothing matched. What any worker on this stack pays at
 * least. argv: amqp url, queue, receiver url.
 */
const [, , amqpUrl = '', queue = '', url = ''] = process.argv;
const PREFETCH = 400;

async function main(): Promise<void> {
  const post = makeSignedPost(url);
  const connection = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.prefetch(PREFETCH);
  await channel.consume(queue, (message) => {
    if (!message) return;
    void post(`msg_${message.fields.deliveryTag}`, message.content).then(() => channel.ack(message));
  });
  process.send?.({ ready: true });
}

process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
void main();
