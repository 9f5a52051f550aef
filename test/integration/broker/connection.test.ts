import pino from 'pino';
import { openConnection } from '../../../src/broker/connection';
import { meetStranger } from '../../support/outsiders/stranger';

const url = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672';
const logger = pino({ level: 'silent' });

it('declares nothing more once it is closed, though it was about to', async () => {
  const queue = `t-closed-${process.pid}`;
  const stranger = await meetStranger(url);
  let isPreparing!: () => void;
  let goOn!: () => void;
  const preparing = new Promise<void>((resolve) => (isPreparing = resolve));
  const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
  const outcome = new Promise<string>((resolve) => {
    const connection = openConnection({
      urls: [url],
      name: 'test',
      logger,
      prepare: async (model) => {
        const channel = await model.createChannel();
        isPreparing();
        await mayGoOn;
        const declaring = (async () => channel.assertQueue(queue, { autoDelete: true }))();
        await declaring.then(
          () => resolve('declared'),
          () => resolve('refused'),
        );
        await declaring;
      },
    });
    void preparing.then(() => connection.close()).then(goOn);
  });

  expect(await outcome).toBe('refused');
  expect(await stranger.hasQueue(queue)).toBe(false);
  await stranger.close();
});
