import { setTimeout as sleep } from 'node:timers/promises';
import { serverCpu } from './server-cpu';
import { median, round, type Receiver } from './setting';

/** Processor time used so far, in microseconds, by process. */
export type CpuSoFar = () => Promise<Record<string, number>>;

/** What one round gave. */
export interface Round {
  perSecond: number;
  /** Processor time for each delivery, by process. */
  micros: Record<string, number>;
}

export interface Summary {
  perSecond: number;
  cpuMicrosPerDelivery: Record<string, number>;
}

/** A process of node beside the broker and the database. */
export function besideServers(nodeMicros: () => Promise<number>): CpuSoFar {
  return async () => {
    const { broker, database } = serverCpu();
    return { node: await nodeMicros(), broker, database };
  };
}

interface Work {
  receiver: Receiver;
  /** How many will arrive. */
  count: number;
  cpu: CpuSoFar;
  work: () => Promise<void>;
  timeoutMs: number;
  /** How long what is done after the last arrival may take: putting it on record. It counts as processor time only. */
  settleMs?: number;
}

/** From the start of `work` to the last arrival. */
export async function measure({ receiver, count, cpu, work, timeoutMs, settleMs = 0 }: Work): Promise<Round> {
  receiver.reset();
  const before = await cpu();
  const startMs = performance.timeOrigin + performance.now();
  await work();
  const endMs = await receiver.arrived(count, timeoutMs);
  await sleep(settleMs);
  return { perSecond: (count / (endMs - startMs)) * 1000, micros: spent(before, await cpu(), count) };
}

/** What was used between two looks, for each of `count`. */
export const spent = (
  before: Record<string, number>,
  after: Record<string, number>,
  count: number,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(after).map(([name, micros]) => [name, (micros - (before[name] ?? 0)) / count]),
  );

/** Medians. */
export const summaryOf = (rounds: readonly Round[]): Summary => ({
  perSecond: round(median(rounds.map(({ perSecond }) => perSecond))),
  cpuMicrosPerDelivery: medianMicros(rounds.map(({ micros }) => micros)),
});

export const medianMicros = (all: readonly Record<string, number>[]): Record<string, number> =>
  Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => [name, round(median(all.map((micros) => micros[name] ?? 0)))]),
  );

/** How fast, as a share of a reference that was measured in the same rounds: the median of the rounds' ratios. */
export const rateRatio = (rounds: readonly Round[], references: readonly Round[]): number =>
  round(median(rounds.map(({ perSecond }, at) => perSecond / (references[at]?.perSecond ?? NaN))), 3);

/** What a delivery costs all processes together, as a multiple of a reference in the same rounds. */
export const costRatio = (rounds: readonly Round[], references: readonly Round[]): number =>
  round(median(rounds.map((one, at) => totalOf(one) / totalOf(references[at]))), 2);

const totalOf = (one: Round | undefined): number =>
  Object.values(one?.micros ?? {}).reduce((sum, micros) => sum + micros, 0);
