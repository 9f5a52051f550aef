import { createConnection } from 'mysql2/promise';
import { round, startPublisher, startReceiver, startSubject, type Bench } from '../setting';
import { sized } from '../size';
import { createEndpoint, machineLoad, sendMany } from './work';

const PER_SECOND = 50;
const MEASURED_MS = sized(60_000, 5000);
const WORKERS = 2;
const TIMEOUT_MS = 120_000;

/** A rate limit over two workers: the busiest second, and the sum of a minute. */
export const rateLimit: Bench = async (ground) => {
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [], { WARREN_ROLES: 'api,router' });
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, () => subject.join({ WARREN_ROLES: 'worker' })),
  );
  await createEndpoint(subject, { url: receiver.url, eventTypes: ['paced'], rateLimitPerSecond: PER_SECOND });
  // More than a minute's worth, so that something waits all the time.
  const count = (PER_SECOND * (MEASURED_MS + 2000)) / 1000;
  await sendMany({ subject, publisher }, 'paced', count);
  await receiver.arrived(count, TIMEOUT_MS);
  const { arrivalsMs } = await receiver.report();
  const madeMs = await attemptTimes(ground.databaseUrl, subject.namespace);
  await Promise.all(workers.map((worker) => worker.stop()));
  await subject.stop();
  await publisher.close();
  receiver.close();
  return {
    ...{ perSecond: PER_SECOND, workers: WORKERS, load: machineLoad() },
    // When each request was made, and when it was there.
    ...{ sent: figures(madeMs), arrived: figures(arrivalsMs) },
  };
};

async function attemptTimes(databaseUrl: string, database: string): Promise<number[]> {
  const connection = await createConnection({ uri: databaseUrl, database, timezone: 'Z' });
  const [rows] = await connection.query('select at from delivery_attempts order by at');
  await connection.end();
  return (rows as { at: Date }[]).map(({ at }) => at.getTime());
}

function figures(times: readonly number[]): { busiestSecondRatio: number; minuteRatio: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const within = (fromMs: number, ms: number): number =>
    sorted.filter((at) => at >= fromMs && at < fromMs + ms).length;
  return {
    busiestSecondRatio: round(Math.max(...sorted.map((from) => within(from, 1000))) / PER_SECOND, 3),
    minuteRatio: round(within(first, MEASURED_MS) / ((PER_SECOND * MEASURED_MS) / 1000), 3),
  };
}
