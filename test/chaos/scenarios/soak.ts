import { setTimeout as sleep } from 'node:timers/promises';
import { closeBooks } from '../accounting';
import { deploy } from '../deployment';
import { startOwnBroker, type OwnBroker } from '../own-servers';
import type { Form, Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.ok': ['/ok'], 'load.flaky': ['/flaky'] };

/** What must not grow while the load stays the same. */
interface Sample {
  memoryBytes: number;
  handles: number;
  fileDescriptors: number;
  channels: number;
  connections: number;
  /** From routing to delivered, since the sample before. */
  latenessMs: number;
}

/** `rabbitmqctl` costs the machine more than a second of load does: what it counts is counted with every fifth sample. */
const CHANNELS_EVERY = 5;
/** However slow the machine: of each third some. */
const FEWEST_SAMPLES = 6;

/** A steady load for half an hour by command, for 20 s in the short form: nothing grows, nothing gets later. */
export const soak: Scenario = async ({ servers, form, report }) => {
  const { seconds, perSecond, everySeconds } =
    form === 'long'
      ? { seconds: Number(process.env.SOAK_SECONDS ?? 1800), perSecond: 400, everySeconds: 20 }
      : { seconds: 20, perSecond: 60, everySeconds: 1 };
  const own = await startOwnBroker(report);
  try {
    const deployment = await deploy({ ...servers, amqpUrl: own.url });
    try {
      await deployment.subscribe('load.ok', '/ok');
      await deployment.subscribe('load.flaky', '/flaky?fail=1', { retrySchedule: [1] });
      const { url } = await deployment.spawn();
      const events = seconds * perSecond;
      const generator = deployment.generate({ types: Object.keys(SUBSCRIBERS), count: events, perSecond });
      const samples: Sample[] = [];
      const last = { sum: 0, count: 0 };
      const endsAtMs = Date.now() + seconds * 1000;
      let channels: number[] = [];
      while (Date.now() < endsAtMs || samples.length < FEWEST_SAMPLES) {
        await sleep(everySeconds * 1000);
        if (samples.length % CHANNELS_EVERY === 0) channels = await channelsOfConnections(own);
        const metric = readMetrics(await (await fetch(`${url}/metrics`)).text());
        const sum = metric('warren_delivery_latency_seconds_sum');
        const count = metric('warren_delivery_latency_seconds_count');
        samples.push({
          memoryBytes: metric('process_resident_memory_bytes'),
          handles: metric('nodejs_active_handles_total'),
          fileDescriptors: metric('process_open_fds'),
          channels: channels.reduce((all, one) => all + one, 0),
          connections: channels.length,
          latenessMs: count > last.count ? (1000 * (sum - last.sum)) / (count - last.count) : 0,
        });
        Object.assign(last, { sum, count });
        report(JSON.stringify(samples.at(-1)));
      }
      await generator.done;
      await deployment.settled(events, 120_000);
      const { figures, faults } = await closeBooks(deployment, {
        subscribers: SUBSCRIBERS,
        maxDuplicates: 0,
      });
      const growth = compareThirds(samples);
      faults.push(...growthFaults(growth, form));
      return { figures: { seconds, perSecond, growth, ...figures }, faults };
    } finally {
      await deployment.end();
    }
  } finally {
    await own.end();
  }
};

async function channelsOfConnections(broker: OwnBroker): Promise<number[]> {
  const listed = await broker.ctl('list_connections', 'channels', '--quiet');
  return listed
    .split('\n')
    .filter((line) => /^\d+$/.test(line))
    .map(Number);
}

function readMetrics(text: string): (name: string) => number {
  return (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

type Growth = Record<keyof Sample, [number, number]>;

/** Medians of the middle third and of the last: the first is the warming up. */
function compareThirds(samples: readonly Sample[]): Growth {
  const third = Math.floor(samples.length / 3);
  const middle = samples.slice(third, 2 * third);
  const end = samples.slice(2 * third);
  const medianOf = (part: readonly Sample[], name: keyof Sample): number => {
    const values = part.map((sample) => sample[name]).sort((a, b) => a - b);
    return Math.round(values[Math.floor(values.length / 2)] ?? Number.NaN);
  };
  const names: (keyof Sample)[] = [
    'memoryBytes',
    'handles',
    'fileDescriptors',
    'channels',
    'connections',
    'latenessMs',
  ];
  return Object.fromEntries(
    names.map((name) => [name, [medianOf(middle, name), medianOf(end, name)]]),
  ) as Growth;
}

/** By how much each may differ at most, for reasons that are not growth: the heap's breathing, a busy machine. */
const mayDiffer = (form: Form): Record<keyof Sample, (before: number) => number> => ({
  memoryBytes: (before) => before * 0.2,
  handles: () => SOCKETS_OF_A_BUSY_MOMENT[form],
  fileDescriptors: () => SOCKETS_OF_A_BUSY_MOMENT[form],
  channels: () => 3,
  connections: () => 0,
  latenessMs: (before) => before + 200,
});

/** They are kept for some seconds, which is a third of the short form; one left open for each retry would be 200 there. */
const SOCKETS_OF_A_BUSY_MOMENT: Record<Form, number> = { short: 100, long: 15 };

function growthFaults(growth: Growth, form: Form): string[] {
  const allowed = mayDiffer(form);
  return (Object.keys(allowed) as (keyof Sample)[]).flatMap((name) => {
    const [before, after] = growth[name];
    const isFlat = after - before <= allowed[name](before);
    return isFlat ? [] : [`${name} grew from ${before} to ${after}`];
  });
}
