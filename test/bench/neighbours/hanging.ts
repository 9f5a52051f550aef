import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../src/runtime/wait-until';
import { serverCpu } from './server-cpu';
import {
  quantile,
  round,
  startPublisher,
  startReceiver,
  startSubject,
  type Bench,
  type BenchPublisher,
  type Receiver,
  type Subject,
} from './setting';

const PACED = 1000;
const PAUSE_MS = 10;
const BURST = 3000;
/** Of all traffic, to the endpoint that never answers. */
const HANGING_SHARE = 0.3;
const HANG_TIMEOUT_MS = 2000;
const HELD = [1000, 20_000];
/** Of what is held, how many releases are measured: as many at each size. */
const MEASURED = 1000;
const TIMEOUT_MS = 120_000;

/** What a receiver that never answers costs the others, and what many that wait cost each release. */
export const neighbours: Bench = async (ground) => {
  const receiver = await startReceiver();
  const hole = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(hole, 'listening');
  const holeUrl = `http://127.0.0.1:${(hole.address() as AddressInfo).port}/hangs`;
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, []);
  await endpoint(subject, { url: receiver.url, eventTypes: ['fine'] });
  await endpoint(subject, { url: holeUrl, eventTypes: ['hangs'], timeoutMs: HANG_TIMEOUT_MS });
  const work = { subject, publisher, receiver };
  await traffic(work, 0);
  ground.report('  alone');
  const alone = await traffic(work, 0);
  ground.report('  beside an endpoint that never answers');
  const beside = await traffic(work, HANGING_SHARE);
  const held = [];
  for (const size of HELD) {
    ground.report(`  ${size} held`);
    held.push({ size, ...(await release(work, size)) });
  }
  await subject.stop();
  await publisher.close();
  receiver.close();
  hole.closeAllConnections();
  hole.close();
  const [few, many] = held;
  return {
    hanging: {
      ...{ share: HANGING_SHARE, alone, beside },
      p99Ratio: round(beside.p99Ms / alone.p99Ms, 2),
      throughputRatio: round(beside.perSecond / alone.perSecond, 2),
    },
    held,
    releaseCostRatio: round((many?.databaseMicros ?? 0) / (few?.databaseMicros ?? 1), 2),
  };
};

interface Work {
  subject: Subject;
  publisher: BenchPublisher;
  receiver: Receiver;
}

async function endpoint(subject: Subject, input: Record<string, unknown>): Promise<string> {
  const { endpointCreate } = await subject.ask<{ endpointCreate: { endpoint: { id: string } } }>(
    'mutation ($input: EndpointCreateInput!) { endpointCreate(input: $input) { endpoint { id } userErrors { message } } }',
    { input },
  );
  return endpointCreate.endpoint.id;
}

let sent = 0;
function send({ subject, publisher }: Work, type: string): void {
  const body = Buffer.from(JSON.stringify({ sentAtMs: performance.timeOrigin + performance.now() }));
  publisher.channel.publish(`${subject.namespace}.events`, type, body, {
    ...{ persistent: true, contentType: 'application/json', headers: { tenant: 'bench' } },
    messageId: `neighbour-${sent++}`,
  });
}

/** Events one at a time, then a burst; `share` of all go to the endpoint that never answers. */
async function traffic(work: Work, share: number) {
  const { subject, publisher, receiver } = work;
  let readyMax = 0;
  const rss: number[] = [];
  const sampling = setInterval(() => {
    void publisher.channel
      .checkQueue(`${subject.namespace}.deliver`)
      .then(({ messageCount }) => (readyMax = Math.max(readyMax, messageCount)));
    void subject.usage().then(({ rssBytes }) => rss.push(rssBytes / 1024 / 1024));
  }, 500);
  let owed = 0;
  const one = (): void => {
    send(work, 'fine');
    for (owed += share / (1 - share); owed >= 1; owed--) send(work, 'hangs');
  };
  receiver.reset();
  for (let n = 0; n < PACED; n++) {
    one();
    await sleep(PAUSE_MS);
  }
  await receiver.arrived(PACED, TIMEOUT_MS);
  const { latenciesMs } = await receiver.report();
  receiver.reset();
  const startMs = performance.timeOrigin + performance.now();
  for (let n = 0; n < BURST; n++) one();
  await publisher.channel.waitForConfirms();
  const endMs = await receiver.arrived(BURST, TIMEOUT_MS);
  clearInterval(sampling);
  return {
    p50Ms: round(quantile(latenciesMs, 0.5)),
    p99Ms: round(quantile(latenciesMs, 0.99)),
    perSecond: round((BURST / (endMs - startMs)) * 1000),
    readyMax,
    rssMiB: { first: round(rss[0] ?? 0), last: round(rss.at(-1) ?? 0), max: round(Math.max(...rss)) },
  };
}

/** Deliveries held by a pause; the first of them are let go, the rest is dropped with the endpoint. */
async function release(work: Work, size: number) {
  const { subject, publisher, receiver } = work;
  const type = `held.n${size}`;
  const id = await endpoint(subject, { url: receiver.url, eventTypes: [type] });
  await subject.ask('mutation ($id: ID!) { endpointPause(id: $id) { userErrors { message } } }', { id });
  for (let n = 1; n <= size; n++) {
    send(work, type);
    if (n % 1000 === 0) await publisher.channel.waitForConfirms();
  }
  const heldCount = async (): Promise<number> => {
    const { endpoint: seen } = await subject.ask<{ endpoint: { health: { heldCount: number } } }>(
      'query ($id: ID!) { endpoint(id: $id) { health { heldCount } } }',
      { id },
    );
    return seen.health.heldCount;
  };
  const all = await waitUntil(async () => (await heldCount()) >= size, {
    timeoutMs: TIMEOUT_MS,
    pauseMs: 500,
  });
  if (!all) throw new Error(`only ${await heldCount()} of ${size} were held`);
  receiver.reset();
  const before = serverCpu().database;
  const startMs = performance.timeOrigin + performance.now();
  await subject.ask(
    'mutation ($input: EndpointResumeInput!) { endpointResume(input: $input) { userErrors { message } } }',
    { input: { id } },
  );
  const endMs = await receiver.arrived(MEASURED, TIMEOUT_MS);
  const databaseMicros = (serverCpu().database - before) / (await receiver.report()).count;
  await subject.ask('mutation ($id: ID!) { endpointDelete(id: $id) { userErrors { message } } }', { id });
  return { databaseMicros: round(databaseMicros), msPerRelease: round((endMs - startMs) / MEASURED, 2) };
}
