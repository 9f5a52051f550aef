import { connect, type ChannelModel } from 'amqplib';
import { makeDeclarer } from '../../../src/broker/declare-topology';
import { meetStranger, type Stranger } from '../../support/outsiders/stranger';

const url = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672';
const queue = `t-anew-${process.pid}`;
const arguments_ = (limit: number) => ({ 'x-queue-type': 'quorum', 'x-delivery-limit': limit });
const topology = { exchanges: [], queues: [{ name: queue, arguments: arguments_(20), boundTo: [] }] };

let stranger: Stranger;
let models: ChannelModel[];
let removals = 0;

/** Counts the queues that are deleted over it. */
async function openModel(): Promise<ChannelModel> {
  const model = await connect(url, { noDelay: true });
  const createChannel = model.createChannel.bind(model);
  model.createChannel = async (options) => {
    const channel = await createChannel(options);
    const deleteQueue = channel.deleteQueue.bind(channel);
    channel.deleteQueue = (...args) => {
      removals++;
      return deleteQueue(...args);
    };
    return channel;
  };
  return model;
}

beforeEach(async () => {
  removals = 0;
  stranger = await meetStranger(url);
  models = await Promise.all([openModel(), openModel()]);
  await stranger.redeclare(queue, arguments_(3));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await stranger.remove([queue], []);
  await Promise.all([stranger.close(), ...models.map((model) => model.close())]);
});

describe('a queue that an earlier version left empty', () => {
  it('is made anew once by the two connections of a process, whose wait is the same', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const declare = makeDeclarer(topology);
    await Promise.all(models.map(declare));
    expect(removals).toBe(1);
    await stranger.redeclare(queue, arguments_(20));
  });

  it('is made anew once by two processes that start at the same moment', async () => {
    jest.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValueOnce(0.9);
    await Promise.all(models.map((model) => makeDeclarer(topology)(model)));
    expect(removals).toBe(1);
    await stranger.redeclare(queue, arguments_(20));
  });
});
