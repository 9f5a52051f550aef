import type { Channel, ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_SHARDS } from '../domain/delivery/shards';
import { withDeadline } from '../runtime/with-deadline';
import { dialBroker } from './dial';
import { deliverQueue, type Topology } from './topology';

/** What a look at the broker shows, as far as AMQP shows it, without changing anything. */
export interface BrokerReport {
  version: string;
  /** Why it takes no publishes (a memory or disk alarm), or undefined. */
  blocked: string | undefined;
  /** Exchanges and queues that are not there. */
  missing: string[];
  /** Those that have other properties than Warren would give them. */
  different: string[];
  /** Queues that do not answer in time: a quorum queue that has lost its majority, or its leader just now. */
  silent: string[];
  queues: { name: string; ready: number; consumers: number }[];
  /** Shards beyond those of the topology: of processes with a larger number of them, now or before. */
  furtherShards: { name: string; ready: number; consumers: number }[];
}

const CONNECT_MS = 5000;
const ANSWER_MS = 5000;
/** The broker tells a connection of an alarm when it publishes. */
const ALARM_MS = 500;

/** @param urls of the cluster; the first that answers is asked */
export async function inspectBroker(
  urls: readonly string[],
  topology: Topology,
  { namespace, shards }: { namespace: string; shards: number },
): Promise<BrokerReport> {
  const model = await dialAny(urls);
  try {
    const report: BrokerReport = {
      version: String((model.connection.serverProperties as { version?: unknown }).version),
      blocked: await findAlarm(model),
      missing: [],
      different: [],
      silent: [],
      queues: [],
      furtherShards: [],
    };
    for (const { name, type } of topology.exchanges) {
      const isThere = await ask(model, (channel) => channel.checkExchange(name));
      if (isThere === undefined) report.missing.push(name);
      else if (!(await ask(model, (channel) => channel.assertExchange(name, type, { durable: true }))))
        report.different.push(name);
    }
    for (const queue of topology.queues) await inspectQueue(model, queue, report);
    await inspectFurtherShards(model, `${namespace}.`, shards, report);
    return report;
  } finally {
    await withDeadline(model.close(), ANSWER_MS).catch(() => undefined);
  }
}

async function inspectQueue(
  model: ChannelModel,
  { name, arguments: expected }: Topology['queues'][number],
  report: BrokerReport,
): Promise<void> {
  const found = await ask(model, (channel) => channel.checkQueue(name));
  if (found === undefined) report.missing.push(name);
  else if (found === 'silent') report.silent.push(name);
  else {
    report.queues.push({ name, ready: found.messageCount, consumers: found.consumerCount });
    // It is there, so that declaring it makes nothing: it only compares.
    const same = await ask(model, (channel) =>
      channel.assertQueue(name, { durable: true, arguments: expected }),
    );
    if (same === undefined) report.different.push(name);
  }
}

/** Shards are made from the first on, so the first that is missing is the end; one that is silent is there. */
async function inspectFurtherShards(
  model: ChannelModel,
  prefix: string,
  from: number,
  report: BrokerReport,
): Promise<void> {
  for (let shard = from; shard < MAX_SHARDS; shard++) {
    const name = prefix + deliverQueue(shard);
    const answer = await ask(model, (channel) => channel.checkQueue(name));
    if (answer === undefined) return;
    if (answer === 'silent') report.silent.push(name);
    else report.furtherShards.push({ name, ready: answer.messageCount, consumers: answer.consumerCount });
  }
}

/** The answer; undefined when the broker refuses, which costs the channel; 'silent' when there is none in time. */
async function ask<T>(
  model: ChannelModel,
  question: (channel: Channel) => Promise<T>,
): Promise<T | 'silent' | undefined> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  try {
    const answer = await withDeadline(
      question(channel).catch((error: unknown) => {
        if ((error as { code?: number }).code === undefined) throw error;
        return undefined;
      }),
      ANSWER_MS,
    );
    if (answer !== undefined) await channel.close();
    return answer;
  } catch {
    return 'silent';
  }
}

async function findAlarm(model: ChannelModel): Promise<string | undefined> {
  let blocked: string | undefined;
  model.on('blocked', (reason: string) => (blocked = reason));
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  // To a queue that nobody has: the broker drops it.
  channel.publish('', 'warren-doctor-asks-for-an-alarm', Buffer.alloc(0));
  await sleep(ALARM_MS);
  return blocked;
}

async function dialAny(urls: readonly string[]): Promise<ChannelModel> {
  const failures: unknown[] = [];
  for (const url of urls) {
    try {
      const model = await dialBroker(url, { timeoutMs: CONNECT_MS });
      model.on('error', () => undefined);
      return model;
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}
