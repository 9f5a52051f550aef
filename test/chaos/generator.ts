import { connect, type ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger, type ConfirmedEntry, type Ledger } from './ledger';

/** What a generator is told to do. */
export interface GeneratorJob {
  amqpUrl: string;
  exchange: string;
  tenant: string;
  /** Event n has the type n modulo their number. */
  types: string[];
  /** Event n has the key `<run>-<n>`. */
  run: string;
  count: number;
  /** Most that wait for a confirm. */
  inFlight: number;
  /** 0: as fast as confirms come. */
  perSecond: number;
  /** The header `deliver-at`, where there is one. */
  deliverAt?: string | undefined;
  ledger: string;
}

const REPORT_MS = 50;
const AGAIN_MS = 200;

/**
 * A service that publishes with plain AMQP 0-9-1 and does not give up: what was not confirmed is published again under
 * the same message_id, over the next connection, until it is. In a process of its own, so that nothing that happens to
 * Warren or to the tests happens to it.
 */
async function generate(job: GeneratorJob): Promise<void> {
  const ledger = await openLedger<ConfirmedEntry>(job.ledger);
  const again: number[] = [];
  const startedAtMs = performance.now();
  let next = 0;
  let confirmed = 0;
  const report = (): void => void process.send?.({ sent: next, confirmed });
  const reporting = setInterval(report, REPORT_MS);

  const take = (): number | undefined => {
    if (again.length > 0) return again.pop();
    const allowed =
      job.perSecond === 0
        ? job.count
        : Math.min(job.count, Math.floor(((performance.now() - startedAtMs) / 1000) * job.perSecond));
    return next < allowed ? next++ : undefined;
  };

  while (confirmed < job.count) {
    try {
      const model = await connect(job.amqpUrl, { noDelay: true, timeout: 5000 });
      await publishOver(model, {
        job,
        ledger,
        take,
        giveBack: (n) => again.push(n),
        onConfirmed: () => ++confirmed === job.count,
      });
      await model.close().catch(() => undefined);
    } catch {
      // The broker is away; it is asked again.
    }
    if (confirmed < job.count) await sleep(AGAIN_MS);
  }
  clearInterval(reporting);
  report();
}

interface Publishing {
  job: GeneratorJob;
  ledger: Ledger<ConfirmedEntry>;
  take: () => number | undefined;
  giveBack: (n: number) => void;
  /** @returns whether that was the last */
  onConfirmed: () => boolean;
}

/** Resolves when all is confirmed or the connection is lost. */
async function publishOver(model: ChannelModel, publishing: Publishing): Promise<void> {
  const { job, ledger, take, giveBack, onConfirmed } = publishing;
  const waiting = new Set<number>();
  const returned = new Set<string>();
  model.on('error', () => undefined);
  const channel = await model.createConfirmChannel();
  channel.on('error', () => undefined);
  // basic.return comes before the confirm of the same message.
  channel.on('return', ({ properties }: { properties: { messageId: string } }) =>
    returned.add(properties.messageId),
  );
  await new Promise<void>((resolve) => {
    let isOver = false;
    const schedule = job.deliverAt === undefined ? {} : { 'deliver-at': job.deliverAt };
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      clearInterval(pumping);
      for (const n of waiting) giveBack(n);
      resolve();
    };
    const publish = (n: number): void => {
      const key = `${job.run}-${n}`;
      const type = job.types[n % job.types.length] ?? '';
      waiting.add(n);
      const options = { persistent: true, mandatory: true, messageId: key, contentType: 'application/json' };
      const body = Buffer.from(JSON.stringify({ key, note: 'x'.repeat(200) }));
      channel.publish(
        job.exchange,
        type,
        body,
        { ...options, headers: { tenant: job.tenant, ...schedule } },
        (error: unknown) => {
          if (isOver) return;
          waiting.delete(n);
          if (error || returned.delete(key)) return giveBack(n);
          void ledger.write({ key, type }).then(() => {
            if (onConfirmed()) end();
          });
        },
      );
    };
    const pump = (): void => {
      try {
        while (waiting.size < job.inFlight) {
          const n = take();
          if (n === undefined) return;
          publish(n);
        }
      } catch {
        end();
      }
    };
    const pumping = setInterval(pump, 2);
    channel.on('close', end);
    model.on('close', end);
    pump();
  });
}

process.once('message', (job: GeneratorJob) => {
  void generate(job).then(() => process.exit(0));
});
process.once('disconnect', () => process.exit(0));
