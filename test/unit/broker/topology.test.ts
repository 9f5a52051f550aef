import { describeTopology, type QueueSpec } from '../../../src/broker/topology';
import { DEFAULT_SCHEDULE_SECONDS, ladderSubRungs } from '../../../src/domain/delivery/retry-ladder';

const { exchanges, queues } = describeTopology('warren', ladderSubRungs(DEFAULT_SCHEDULE_SECONDS), 1);
const queue = (name: string): QueueSpec => {
  const found = queues.find((one) => one.name === name);
  if (!found) throw new Error(`no queue ${name}`);
  return found;
};
const names = queues.map(({ name }) => name);

describe('the exchanges', () => {
  it('are those of the contract', () => {
    expect(Object.fromEntries(exchanges.map(({ name, type }) => [name, type]))).toEqual({
      'warren.events': 'topic',
      'warren.deliveries': 'direct',
      'warren.retry': 'direct',
      'warren.dead': 'topic',
      'warren.rejected': 'fanout',
      'warren.status': 'topic',
      'warren.control': 'fanout',
      'warren.tunnel': 'direct',
    });
  });
});

describe('the queues', () => {
  it('are those of the contract, and three for each rung', () => {
    const fixed = [
      ...['warren.route', 'warren.deliver', 'warren.replay'],
      ...['warren.dead-letters', 'warren.rejected'],
    ];
    expect(names.filter((name) => !name.startsWith('warren.retry.')).sort()).toEqual([...fixed].sort());
    expect(names).toEqual(
      expect.arrayContaining(['warren.retry.5', 'warren.retry.5-85', 'warren.retry.86400-115']),
    );
    expect(names).toHaveLength(fixed.length + 3 * DEFAULT_SCHEDULE_SECONDS.length);
  });

  it('have each their name once', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it('are bound as the contract says', () => {
    const boundTo = (name: string): string[] =>
      queue(name).boundTo.map(({ exchange, key }) => `${exchange} ${key}`);
    expect(boundTo('warren.route')).toEqual(['warren.events #']);
    expect(boundTo('warren.deliver')).toEqual(['warren.deliveries due']);
    expect(boundTo('warren.replay')).toEqual(['warren.deliveries replay']);
    expect(boundTo('warren.retry.30-85')).toEqual(['warren.retry 30-85']);
    expect(boundTo('warren.dead-letters')).toEqual(['warren.dead #']);
    expect(boundTo('warren.rejected')).toEqual(['warren.rejected ']);
  });

  it('are bound to, and dead-letter to, exchanges that there are', () => {
    const known = exchanges.map(({ name }) => name);
    for (const { boundTo, arguments: given } of queues) {
      for (const { exchange } of boundTo) expect(known).toContain(exchange);
      if (given['x-dead-letter-exchange'] !== undefined)
        expect(known).toContain(given['x-dead-letter-exchange']);
    }
  });

  it('carry the namespace, every one, and so do the exchanges', () => {
    const other = describeTopology('other_1', ladderSubRungs([5]), 2);
    const text = JSON.stringify(other);
    expect(text).not.toContain('warren');
    for (const { name } of [...other.exchanges, ...other.queues]) expect(name).toMatch(/^other_1\./);
  });
});

describe('the arguments of a queue', () => {
  /** What quorum queues of RabbitMQ 3.10 to 4.x take; anything else is refused with 406 by some of them. */
  const TAKEN = new Set([
    'x-queue-type',
    'x-delivery-limit',
    'x-message-ttl',
    'x-max-length',
    'x-overflow',
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-dead-letter-strategy',
    'x-single-active-consumer',
  ]);

  it.each(names)('are of a quorum queue with a delivery limit of its own: %s', (name) => {
    const given = queue(name).arguments;
    expect(Object.keys(given).filter((argument) => !TAKEN.has(argument))).toEqual([]);
    expect(given['x-queue-type']).toBe('quorum');
    // 4.x counts to 20 where nothing is said, and then drops what has no dead-letter target.
    expect(given['x-delivery-limit']).toEqual(expect.any(Number));
    expect(given['x-delivery-limit']).toBeGreaterThan(0);
  });

  it('are whole numbers that the protocol carries', () => {
    for (const { arguments: given } of queues) {
      for (const value of Object.values(given)) {
        if (typeof value === 'number')
          expect(Number.isInteger(value) && value > 0 && value < 2 ** 31).toBe(true);
      }
    }
  });

  it('dead-letter at least once, which RabbitMQ only does with reject-publish', () => {
    for (const { name, arguments: given } of queues) {
      if (given['x-dead-letter-exchange'] === undefined) continue;
      expect([name, given['x-dead-letter-strategy'], given['x-overflow']]).toEqual([
        name,
        'at-least-once',
        'reject-publish',
      ]);
    }
  });

  it('bring what waited on a rung back as due, after that rung’s delay', () => {
    expect(queue('warren.retry.30-115').arguments).toMatchObject({
      'x-message-ttl': 34_500,
      'x-dead-letter-exchange': 'warren.deliveries',
      'x-dead-letter-routing-key': 'due',
    });
  });

  it('give a time to live to the rungs alone', () => {
    const withTtl = names.filter((name) => queue(name).arguments['x-message-ttl'] !== undefined);
    expect(withTtl).toEqual(names.filter((name) => name.startsWith('warren.retry.')));
  });

  it('never dead-letter a rung to a rung: RabbitMQ drops such a circle without a word', () => {
    for (const name of names) {
      expect(queue(name).arguments['x-dead-letter-exchange']).not.toBe('warren.retry');
    }
  });

  it('park what is handed out too often where nothing is lost', () => {
    for (const name of ['warren.route', 'warren.deliver', 'warren.replay']) {
      expect(queue(name).arguments).toMatchObject({ 'x-dead-letter-exchange': 'warren.rejected' });
      expect(queue(name).arguments).not.toHaveProperty('x-dead-letter-routing-key');
    }
    expect(queue('warren.rejected').arguments['x-overflow']).toBe('reject-publish');
  });

  it('bound the dead letters, where the oldest make room', () => {
    expect(queue('warren.dead-letters').arguments).toMatchObject({ 'x-overflow': 'drop-head' });
    expect(queue('warren.dead-letters').arguments['x-max-length']).toBeGreaterThan(0);
  });
});

describe('with shards', () => {
  const LADDER = ladderSubRungs([5, 30]);
  const one = describeTopology('w', LADDER, 1);
  const four = describeTopology('w', LADDER, 4);
  const find = (name: string): QueueSpec | undefined => four.queues.find((queue) => queue.name === name);
  const further = four.queues.filter(({ name }) => !one.queues.some((queue) => queue.name === name));

  it('everything stays that is there without', () => {
    expect(four.exchanges).toEqual(one.exchanges);
    for (const queue of one.queues) expect(find(queue.name)).toEqual(queue);
  });

  it('there is a queue for each, and one more ladder for all but the first', () => {
    expect(further.map(({ name }) => name).sort()).toEqual(
      [
        ...[1, 2, 3].map((shard) => `w.deliver.${shard}`),
        ...LADDER.map(({ name }) => `w.retry.${name}.sharded`),
      ].sort(),
    );
  });

  it('each queue takes what is due by a key of its own, is led by any node, and is like the first else', () => {
    for (const shard of [1, 2, 3]) {
      expect(find(`w.deliver.${shard}`)).toEqual({
        name: `w.deliver.${shard}`,
        boundTo: [{ exchange: 'w.deliveries', key: `due.${shard}` }],
        arguments: { ...find('w.deliver')?.arguments, 'x-queue-leader-locator': 'balanced' },
      });
    }
  });

  it('the further ladder lets a message keep the key that it came with', () => {
    const { 'x-dead-letter-routing-key': due, ...rest } = find('w.retry.30-85')?.arguments ?? {};
    expect(due).toBe('due');
    expect(find('w.retry.30-85.sharded')).toEqual({
      name: 'w.retry.30-85.sharded',
      boundTo: [{ exchange: 'w.retry', key: '30-85.sharded' }],
      arguments: { ...rest, 'x-queue-leader-locator': 'balanced' },
    });
  });
});
