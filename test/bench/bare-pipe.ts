import { createHmac } from 'node:crypto';
import { connect } from 'amqplib';
import { Agent } from 'undici';

/**
 * The reference: consume, sign, POST, ack — nothing recorded, nothing matched. What any worker on this stack pays at
 * least. argv: amqp url, queue, receiver url.
 */
const [, , amqpUrl = '', queue = '', url = ''] = process.argv;
const PREFETCH = 400;

async function main(): Promise<void> {
  const key = Buffer.alloc(32, 1);
  const target = new URL(url);
  const agent = new Agent({ connections: null, pipelining: 1 });
  const connection = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.prefetch(PREFETCH);
  await channel.consume(queue, (message) => {
    if (!message) return;
    const id = `msg_${message.fields.deliveryTag}`;
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', key)
      .update(`${id}.${timestamp}.`)
      .update(message.content)
      .digest('base64');
    void agent
      .request({
        origin: target.origin,
        path: target.pathname,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': `v1,${signature}`,
        },
        body: message.content,
      })
      .then(async ({ body }) => {
        await body.dump();
        channel.ack(message);
      });
  });
  process.send?.({ ready: true });
}

process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
void main();
