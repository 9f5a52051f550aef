import type { SubRung } from '../domain/delivery/retry-ladder';

/**
 * Everything Warren keeps in the broker, as data. Names carry the namespace. All queues are quorum queues with a
 * delivery limit of their own and a place where what exceeds it goes; valid from RabbitMQ 3.10 to 4.x.
 */
export interface Topology {
  exchanges: ExchangeSpec[];
  queues: QueueSpec[];
}

export interface ExchangeSpec {
  name: string;
  type: 'topic' | 'direct' | 'fanout';
}

export interface QueueSpec {
  name: string;
  boundTo: { exchange: string; key: string }[];
  arguments: Record<string, string | number | boolean>;
}

export const EXCHANGES = [
  'events',
  'deliveries',
  'retry',
  'dead',
  'rejected',
  'status',
  'control',
  'tunnel',
] as const;
export type ExchangeName = (typeof EXCHANGES)[number];

const TYPES: Record<ExchangeName, ExchangeSpec['type']> = {
  events: 'topic',
  deliveries: 'direct',
  retry: 'direct',
  dead: 'topic',
  rejected: 'fanout',
  status: 'topic',
  control: 'fanout',
  tunnel: 'direct',
};

const DUE_KEY = 'due';
/** What is replayed has a queue of its own, so that it never stands in front of what is new. */
export const REPLAY_KEY = 'replay';

/** The queue of a shard, without the namespace. The first is the one that there is without shards. */
export const deliverQueue = (shard: number): string => (shard === 0 ? 'deliver' : `deliver.${shard}`);
/** Routing key to a shard's queue. */
export const dueKey = (shard: number): string => (shard === 0 ? DUE_KEY : `${DUE_KEY}.${shard}`);
/** The rung of the ladder that all shards but the first share: a message leaves it by the key that it came with. */
export const shardedRung = (rung: string): string => `${rung}.sharded`;

/** Messages that a process dies of come back this often, then they are parked. */
const DELIVERY_LIMIT = 20;
const DEAD_LETTERS_KEPT = 100_000;
const REJECTED_KEPT = 1_000_000;

/** @param shards over how many queues deliveries are spread */
export function describeTopology(namespace: string, ladder: readonly SubRung[], shards: number): Topology {
  const name = (part: string): string => `${namespace}.${part}`;
  const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': DELIVERY_LIMIT };
  /** Parks a message that was handed out too often, so that it is neither lost nor in the way. */
  const parked = {
    'x-dead-letter-exchange': name('rejected'),
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
  // One process declares them all, and the broker would else have its own node lead every one.
  const spread = { 'x-queue-leader-locator': 'balanced' };
  const rung = ({ ttlMs }: SubRung) => ({
    ...quorum,
    'x-message-ttl': ttlMs,
    'x-dead-letter-exchange': name('deliveries'),
    // At most once, the default, loses what expires while the target is unreachable.
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  });
  return {
    exchanges: EXCHANGES.map((exchange) => ({ name: name(exchange), type: TYPES[exchange] })),
    queues: [
      {
        name: name('route'),
        boundTo: [{ exchange: name('events'), key: '#' }],
        // One router at a time takes events, in the order they were published; the others stand by. Two would write
        // neighbours in any order, and an ordering key would mean nothing.
        arguments: { ...quorum, ...parked, 'x-single-active-consumer': true },
      },
      ...Array.from({ length: shards }, (_, shard) => ({
        name: name(deliverQueue(shard)),
        boundTo: [{ exchange: name('deliveries'), key: dueKey(shard) }],
        arguments: { ...quorum, ...parked, ...(shard === 0 ? {} : spread) },
      })),
      {
        name: name('replay'),
        boundTo: [{ exchange: name('deliveries'), key: REPLAY_KEY }],
        arguments: { ...quorum, ...parked },
      },
      ...ladder.map((one) => ({
        name: name(`retry.${one.name}`),
        boundTo: [{ exchange: name('retry'), key: one.name }],
        arguments: { ...rung(one), 'x-dead-letter-routing-key': DUE_KEY },
      })),
      ...(shards === 1 ? [] : ladder).map((one) => ({
        name: name(`retry.${shardedRung(one.name)}`),
        boundTo: [{ exchange: name('retry'), key: shardedRung(one.name) }],
        // Without a key of its own it keeps those of the message, and one of them is the shard's.
        arguments: { ...rung(one), ...spread },
      })),
      {
        // For tools that watch the broker; the database holds the truth, so the oldest make room.
        name: name('dead-letters'),
        boundTo: [{ exchange: name('dead'), key: '#' }],
        arguments: { ...quorum, 'x-max-length': DEAD_LETTERS_KEPT, 'x-overflow': 'drop-head' },
      },
      {
        // Nothing else has these messages, so a full queue refuses more: the router then waits, and says so.
        name: name('rejected'),
        boundTo: [{ exchange: name('rejected'), key: '' }],
        arguments: { ...quorum, 'x-max-length': REJECTED_KEPT, 'x-overflow': 'reject-publish' },
      },
    ],
  };
}
