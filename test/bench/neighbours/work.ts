import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../src/runtime/wait-until';
import { quantile, round, type BenchPublisher, type Receiver, type Subject } from '../setting';

/** Whom a part of this bench has to do with. */
export interface Work {
  subject: Subject;
  publisher: BenchPublisher;
  /** Of the endpoint that must not notice anything. */
  receiver: Receiver;
}

export const TIMEOUT_MS = 120_000;

export async function createEndpoint(
  subject: Pick<Subject, 'ask'>,
  input: Record<string, unknown>,
): Promise<string> {
  const { endpointCreate } = await subject.ask<{ endpointCreate: { endpoint: { id: string } } }>(
    'mutation ($input: EndpointCreateInput!) { endpointCreate(input: $input) { endpoint { id } userErrors { message } } }',
    { input },
  );
  return endpointCreate.endpoint.id;
}

let sent = 0;

export function send(
  { subject, publisher }: Pick<Work, 'subject' | 'publisher'>,
  type: string,
  { data = {}, orderingKey }: { data?: object; orderingKey?: string } = {},
): void {
  const body = { sentAtMs: performance.timeOrigin + performance.now(), ...data };
  publisher.channel.publish(`${subject.namespace}.events`, type, Buffer.from(JSON.stringify(body)), {
    ...{ persistent: true, contentType: 'application/json', messageId: `neighbour-${sent++}` },
    headers: { tenant: 'bench', ...(orderingKey === undefined ? {} : { 'ordering-key': orderingKey }) },
  });
}

/** As `send`, so many of one kind that they are confirmed a thousand at a time. */
export async function sendMany(
  work: Pick<Work, 'subject' | 'publisher'>,
  type: string,
  count: number,
  optionsOf: (n: number) => { data?: object; orderingKey?: string } = () => ({}),
): Promise<void> {
  for (let n = 0; n < count; n++) {
    send(work, type, optionsOf(n));
    if (n % 1000 === 999) await work.publisher.channel.waitForConfirms();
  }
  await work.publisher.channel.waitForConfirms();
}

/** An endpoint with so many deliveries that a pause holds. @returns its id */
export async function hold(
  work: Pick<Work, 'subject' | 'publisher'>,
  input: { url: string; eventTypes: [string]; [setting: string]: unknown },
  count: number,
): Promise<string> {
  const { subject } = work;
  const id = await createEndpoint(subject, input);
  await subject.ask('mutation ($id: ID!) { endpointPause(id: $id) { userErrors { message } } }', { id });
  await sendMany(work, input.eventTypes[0], count);
  const heldCount = async (): Promise<number> => {
    const { endpoint } = await subject.ask<{ endpoint: { health: { heldCount: number } } }>(
      'query ($id: ID!) { endpoint(id: $id) { health { heldCount } } }',
      { id },
    );
    return endpoint.health.heldCount;
  };
  const all = await waitUntil(async () => (await heldCount()) >= count, {
    timeoutMs: TIMEOUT_MS,
    pauseMs: 250,
  });
  if (!all) throw new Error(`only ${await heldCount()} of ${count} were held`);
  return id;
}

const PAUSE_MS = 10;

/** How long events take that come one at a time, in milliseconds. `beside` is called with each. */
export async function paced(
  work: Work,
  count: number,
  beside: () => void = () => undefined,
): Promise<number[]> {
  const { receiver } = work;
  receiver.reset();
  for (let n = 0; n < count; n++) {
    send(work, 'fine');
    beside();
    await sleep(PAUSE_MS);
  }
  await receiver.arrived(count, TIMEOUT_MS);
  return (await receiver.report()).latenciesMs;
}

export const quantiles = (latenciesMs: readonly number[]): { p50Ms: number; p99Ms: number } => ({
  p50Ms: round(quantile(latenciesMs, 0.5)),
  p99Ms: round(quantile(latenciesMs, 0.99)),
});

/** How many a second arrive when all are sent at once. `beside` is called with each. */
export async function burst(
  work: Work,
  count: number,
  beside: () => void = () => undefined,
): Promise<number> {
  const { receiver, publisher } = work;
  receiver.reset();
  const startMs = performance.timeOrigin + performance.now();
  for (let n = 0; n < count; n++) {
    send(work, 'fine');
    beside();
  }
  await publisher.channel.waitForConfirms();
  const endMs = await receiver.arrived(count, TIMEOUT_MS);
  return round((count / (endMs - startMs)) * 1000);
}

/** Calls `act` so often that it makes up `share` of all when it is asked after each of the others. */
export function everySoOften(share: number, act: () => void): () => void {
  let owed = 0;
  return () => {
    for (owed += share / (1 - share); owed >= 1; owed--) act();
  };
}

/** Of the whole machine, over the last minute: other load makes every figure worse. */
export const machineLoad = (): number => round(loadavg()[0] ?? 0, 2);
