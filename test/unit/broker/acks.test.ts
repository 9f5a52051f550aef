import type { ConsumeMessage } from 'amqplib';
import { setImmediate as turn } from 'node:timers/promises';
import { makeAcks } from '../../../src/broker/acks';

const messageOf = (deliveryTag: number): ConsumeMessage => ({ fields: { deliveryTag } }) as ConsumeMessage;

function setUp(count: number) {
  const sent: string[] = [];
  const acks = makeAcks({
    ack: ({ fields }, allUpTo) => void sent.push(`${allUpTo ? 'up to ' : ''}${fields.deliveryTag}`),
    reject: ({ fields }) => void sent.push(`back ${fields.deliveryTag}`),
  });
  const messages = Array.from({ length: count }, (_, index) => messageOf(index + 1));
  for (const message of messages) acks.track(message);
  return { sent, acks, ack: (...tags: number[]) => tags.forEach((tag) => acks.ack(messageOf(tag))) };
}

describe('acks', () => {
  it('settles the oldest messages of one turn in one frame, in whatever order they ended', async () => {
    const { sent, ack } = setUp(4);
    ack(2, 1, 3);
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual(['up to 3']);
  });

  it('never acknowledges a message that is under way, and settles one by one behind it', async () => {
    const { sent, ack } = setUp(5);
    ack(1, 3, 5);
    await turn();
    expect(sent).toEqual(['up to 1', '3', '5']);
    ack(2);
    await turn();
    ack(4);
    await turn();
    expect(sent).toEqual(['up to 1', '3', '5', 'up to 2', 'up to 4']);
  });

  it('gives a message back at once, and does not acknowledge it with those after it', async () => {
    const { sent, ack, acks } = setUp(3);
    ack(1, 2);
    acks.requeue(messageOf(1));
    await turn();
    expect(sent).toEqual(['back 1', 'up to 2']);
    ack(3);
    await turn();
    expect(sent).toEqual(['back 1', 'up to 2', 'up to 3']);
  });

  it('gives a message back once, whoever else would', () => {
    const { sent, acks } = setUp(2);
    acks.requeue(messageOf(1));
    acks.requeue(messageOf(1));
    expect(sent).toEqual(['back 1']);
  });

  it('survives a channel that has closed', async () => {
    const acks = makeAcks({
      ack: () => {
        throw new Error('closed');
      },
      reject: () => {
        throw new Error('closed');
      },
    });
    acks.track(messageOf(1));
    acks.track(messageOf(2));
    acks.ack(messageOf(1));
    acks.requeue(messageOf(2));
    await expect(turn()).resolves.toBeUndefined();
  });
});
