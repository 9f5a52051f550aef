import { round, startPublisher, startReceiver, startSubject, type Bench } from '../setting';
import { sized } from '../size';
import { countStatements } from './statement-counter';
import { TIMEOUT_MS, createEndpoint, hold, machineLoad, sendMany, type Work } from './work';

const EVENTS = sized(3000, 300);
const HELD = sized(1000, 50);

/** Statements for each batch of a healthy endpoint: while no endpoint has a gate, and while others have. */
export const healthy: Bench = async (ground) => {
  const counter = await countStatements(ground.databaseUrl);
  const receiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  // Dispatched directly, nearly all would be written and recorded in one.
  const subject = await startSubject({ ...ground, databaseUrl: counter.url }, [], {
    WARREN_DIRECT_DISPATCH: 'false',
  });
  const work: Work = { subject, publisher, receiver };
  await createEndpoint(subject, { url: receiver.url, eventTypes: ['fine'] });
  const count = async (): Promise<Batches> => {
    receiver.reset();
    counter.transactions();
    await sendMany(work, 'fine', EVENTS);
    await receiver.arrived(EVENTS, TIMEOUT_MS);
    return batchesOf(counter.transactions());
  };
  const without = await count();
  for (const [type, settings] of [
    ['paused', {}],
    ['limited', { rateLimitPerSecond: 1 }],
    ['ordered', { ordered: true }],
  ] as const) {
    await hold(work, { url: receiver.url, eventTypes: [type], ...settings }, HELD);
  }
  const beside = await count();
  await subject.stop();
  await publisher.close();
  receiver.close();
  counter.close();
  const ratio = (stage: keyof Batches): number =>
    round(beside[stage].statementsPerBatch / without[stage].statementsPerBatch, 3);
  return {
    ...{ without, besideGates: beside, load: machineLoad() },
    ...{ routeRatio: ratio('route'), recordRatio: ratio('record') },
  };
};

interface Counted {
  batches: number;
  statementsPerBatch: number;
  /** Statements that have to do with a gate. */
  ofGates: number;
}

interface Batches {
  route: Counted;
  record: Counted;
}

/** Batches of routing and of recording, told by what each of them writes. */
function batchesOf(transactions: readonly string[][]): Batches {
  const count = (mark: string): Counted => {
    const batches = transactions.filter((statements) => statements.some((text) => text.startsWith(mark)));
    const statements = batches.flat();
    return {
      batches: batches.length,
      statementsPerBatch: round(statements.length / batches.length, 3),
      ofGates: statements.filter((text) => / gates? |gate_queue/.test(text.slice(0, 200))).length,
    };
  };
  return { route: count('insert into events'), record: count('insert ignore into delivery_attempts') };
}
