import { connect, type GetMessage, type Options } from 'amqplib';
import { waitUntil } from '../wait-until';

/** Somebody else's service: plain AMQP 0-9-1, nothing of Warren's. */
export interface Stranger {
  /** Resolves when the broker has confirmed it; fails when no queue takes it. */
  publish(
    exchange: string,
    routingKey: string,
    body: Buffer | string,
    options?: Options.Publish,
  ): Promise<void>;
  /** Takes a message off the queue, waiting for one. */
  take(queue: string, timeoutMs?: number): Promise<GetMessage>;
  /** Takes the next message and gives it back, so that the broker calls it redelivered. */
  handOutAndReturn(queue: string): Promise<void>;
  /** Messages that are ready in a queue. */
  depth(queue: string): Promise<number>;
  purge(queue: string): Promise<void>;
  /** Binds a queue of its own and keeps what comes. */
  listen(exchange: string, key: string): Promise<GetMessageLike[]>;
  /** Declares a queue as the broker should have it already: fails when its arguments are others. */
  redeclare(queue: string, queueArguments: Record<string, string | number | boolean>): Promise<void>;
  hasQueue(queue: string): Promise<boolean>;
  remove(queues: readonly string[], exchanges: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface GetMessageLike {
  routingKey: string;
  content: Buffer;
}

export async function meetStranger(url: string): Promise<Stranger> {
  const model = await connect(url, { noDelay: true });
  model.on('error', () => undefined);
  const channel = await model.createConfirmChannel();
  channel.on('error', () => undefined);
  let returned = 0;
  channel.on('return', () => returned++);

  /** Asking for a queue that is not there closes the channel, so each question has one of its own. */
  async function withChannel<T>(
    use: (own: Awaited<ReturnType<typeof model.createChannel>>) => Promise<T>,
  ): Promise<T> {
    const own = await model.createChannel();
    own.on('error', () => undefined);
    const answer = await use(own);
    await own.close();
    return answer;
  }

  return {
    publish: (exchange, routingKey, body, options = {}) =>
      new Promise((resolve, reject) => {
        const before = returned;
        const content = Buffer.isBuffer(body) ? body : Buffer.from(body);
        channel.publish(
          exchange,
          routingKey,
          content,
          { persistent: true, mandatory: true, ...options },
          (error) => {
            if (error) reject(error as Error);
            else if (returned > before) reject(new Error(`no queue takes ${exchange} ${routingKey}`));
            else resolve();
          },
        );
      }),
    async take(queue, timeoutMs = 5000) {
      let message: GetMessage | false = false;
      await waitUntil(async () => (message = await channel.get(queue, { noAck: true })) !== false, timeoutMs);
      return message as unknown as GetMessage;
    },
    handOutAndReturn: (queue) =>
      withChannel(async (own) => {
        // A queue with a single active consumer hands nothing out to `get`.
        await own.prefetch(1);
        await new Promise<void>((resolve) => {
          void own.consume(queue, (message) => {
            if (message) own.nack(message, false, true);
            resolve();
          });
        });
      }),
    depth: (queue) => withChannel(async (own) => (await own.checkQueue(queue)).messageCount),
    purge: (queue) =>
      withChannel(async (own) => {
        await own.purgeQueue(queue);
      }),
    async listen(exchange, key) {
      const own = await model.createChannel();
      const { queue } = await own.assertQueue('', { exclusive: true });
      await own.bindQueue(queue, exchange, key);
      const heard: GetMessageLike[] = [];
      await own.consume(
        queue,
        (message) =>
          message && heard.push({ routingKey: message.fields.routingKey, content: message.content }),
        { noAck: true },
      );
      return heard;
    },
    redeclare: (queue, queueArguments) =>
      withChannel(async (own) => {
        await own.assertQueue(queue, { durable: true, arguments: queueArguments });
      }),
    hasQueue: (queue) =>
      withChannel((own) => own.checkQueue(queue)).then(
        () => true,
        () => false,
      ),
    async remove(queues, exchanges) {
      await Promise.all(queues.map((queue) => channel.deleteQueue(queue)));
      for (const exchange of exchanges) await channel.deleteExchange(exchange);
    },
    close: () => model.close(),
  };
}
