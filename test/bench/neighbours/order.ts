import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitUntil } from '../../../src/runtime/wait-until';
import { round, startPublisher, startSubject, type Bench } from '../setting';
import { sized } from '../size';
import { createEndpoint, machineLoad, sendMany } from './work';

const KEYS = sized(50, 10);
const EACH = sized(200, 20);
/** Every so many-th event of a key fails when it is tried first. */
const FAILING = 5;
const ALL = KEYS * EACH;
const TIMEOUT_MS = 240_000;

/** Order by key through failures and the death of the worker that sends, midway; nothing may be lost. */
export const order: Bench = async (ground) => {
  const receiver = await startOrderReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, [], { WARREN_ROLES: 'api', WARREN_RETRY_SCHEDULE: '1,1,1' });
  // The first owns the gate, as there is no other yet.
  const owner = await subject.join({ WARREN_ROLES: 'router,worker' });
  await createEndpoint(subject, { url: receiver.url, eventTypes: ['ordered'], ordered: true });
  const startMs = performance.now();
  await sendMany({ subject, publisher }, 'ordered', ALL, (n) => ({
    data: { key: n % KEYS, n: Math.floor(n / KEYS) },
    orderingKey: `key-${n % KEYS}`,
  }));
  await arrival(receiver, 1);
  const other = await subject.join({ WARREN_ROLES: 'router,worker' });
  await arrival(receiver, ALL / 2);
  ground.report('  the owner is killed');
  await owner.kill();
  const killedMs = performance.now();
  const killedAt = receiver.accepted();
  await arrival(receiver, killedAt + 1);
  const takeoverMs = performance.now() - killedMs;
  await arrival(receiver, ALL);
  const seconds = (performance.now() - startMs) / 1000;
  await other.stop();
  await subject.stop();
  await publisher.close();
  receiver.close();
  return {
    ...{ keys: KEYS, each: EACH, ...receiver.verdict(), takeoverMs: round(takeoverMs, 0) },
    ...{ seconds: round(seconds), load: machineLoad() },
  };
};

async function arrival(receiver: OrderReceiver, count: number): Promise<void> {
  const done = await waitUntil(() => receiver.accepted() >= count, { timeoutMs: TIMEOUT_MS, pauseMs: 25 });
  if (!done) throw new Error(`only ${receiver.accepted()} of ${count} were accepted`);
}

interface OrderReceiver {
  url: string;
  /** Events that it has answered with success, each once. */
  accepted(): number;
  verdict(): { refused: number; outOfOrder: number; lost: number; repeated: number };
  close(): void;
}

/** Refuses some events the first time, and keeps account of the order in which it accepted the rest. */
async function startOrderReceiver(): Promise<OrderReceiver> {
  const tried = new Set<string>();
  const last = new Map<number, number>();
  let accepted = 0;
  let refused = 0;
  let outOfOrder = 0;
  let repeated = 0;

  /** @returns the status to answer with */
  function take({ key, n }: { key: number; n: number }): number {
    const isFirst = !tried.has(`${key}/${n}`);
    tried.add(`${key}/${n}`);
    if (isFirst && (key + n) % FAILING === 0) {
      refused++;
      return 500;
    }
    const before = last.get(key) ?? -1;
    if (n === before + 1) {
      last.set(key, n);
      accepted++;
    } else if (n === before) repeated++;
    else outOfOrder++;
    return 204;
  }

  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { data } = JSON.parse(Buffer.concat(chunks).toString()) as { data: { key: number; n: number } };
      response.writeHead(take(data)).end();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ordered`,
    accepted: () => accepted,
    verdict: () => ({ refused, outOfOrder, lost: ALL - accepted, repeated }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
