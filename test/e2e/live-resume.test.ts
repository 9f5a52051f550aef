import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { streamCursor } from '../../src/api/cursor';
import { freePorts } from '../../src/provision/free-port';
import { watchDeliveries } from '../support/delivery-stream';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { keepWatching, type ResumingStream } from '../support/resuming-stream';
import { seedChanges } from '../support/seed/seed-changes';
import type { MadeEndpoint, TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../support/warren-under-test';
import type { WarrenProcess } from '../support/warren-process';

let warren: WarrenUnderTest;
let receiver: Receiver;
/** Everything but the API that is watched, which comes and goes. */
let pipeline: Started;
let acme: TenantUnderTest;
let endpoint: MadeEndpoint;
let port: number;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1' });
  pipeline = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', pipeline.graphqlUrl);
  endpoint = await acme.endpoint({ url: receiver.url('/in'), eventTypes: ['#'] });
  [port = 0] = await freePorts(1);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const spawnApi = (): Promise<WarrenProcess> =>
  warren.spawn({ WARREN_PORT: String(port), WARREN_ROLES: 'api' });
const apiUrl = (): string => `http://127.0.0.1:${port}/graphql`;

/** The change log of acme, as the cursors that a watch has to show. */
async function cursorsAfter(seq: number): Promise<string[]> {
  const rows = await warren.sql<{ seq: string }>(
    'select c.seq from delivery_changes c join tenants t on t.id = c.tenant_id where t.slug = ? and c.seq > ? order by c.seq',
    ['acme', seq],
  );
  return rows.map((row) => streamCursor(acme.id, Number(row.seq)));
}
const lastSeq = async (): Promise<number> => {
  const [row] = await warren.sql<{ seq: string }>(
    'select seq from tenant_counters c join tenants t on t.id = c.tenant_id where t.slug = ?',
    ['acme'],
  );
  return Number(row?.seq);
};
const cursorsOf = (stream: ResumingStream): string[] => stream.updates().map(({ cursor }) => cursor);

/** Until all that was published is settled and shown. */
async function settled(streams: readonly ResumingStream[], fromSeq: number): Promise<string[]> {
  await waitUntil(async () => {
    const [row] = await warren.sql<{ n: string }>(
      'select count(*) n from deliveries where status not in (?)',
      [[4, 5, 6]],
    );
    const expected = await cursorsAfter(fromSeq);
    return Number(row?.n) === 0 && streams.every((stream) => stream.updates().length >= expected.length);
  }, 30_000);
  return cursorsAfter(fromSeq);
}

it('has no gap and no repeat for those who resume, when the API is killed under them', async () => {
  const from = await lastSeq();
  const after = streamCursor(acme.id, from);
  let api = await spawnApi();
  const streams = [1, 2, 3].map(() => keepWatching(apiUrl(), acme.key, after));
  for (let kill = 0; kill < 2; kill++) {
    await Promise.all(Array.from({ length: 20 }, () => acme.publish({ type: 'before.kill' })));
    await waitUntil(() => streams.every((stream) => stream.updates().length > kill * 60), 15_000);
    await api.signal('SIGKILL');
    await Promise.all(Array.from({ length: 10 }, () => acme.publish({ type: 'while.away' })));
    api = await spawnApi();
  }
  await acme.publish({ type: 'the.end' });
  const expected = await settled(streams, from);
  expect(expected.length).toBeGreaterThan(100);
  for (const stream of streams) {
    expect(stream.resumes()).toBeGreaterThan(1);
    expect(cursorsOf(stream)).toEqual(expected);
  }
  await Promise.all(streams.map((stream) => stream.close()));
  await api.signal('SIGTERM');
}, 90_000);

it('has no gap and no repeat when the connection to the broker is cut, and nobody notices more than a pause', async () => {
  const from = await lastSeq();
  const after = streamCursor(acme.id, from);
  const streams = [1, 2].map(() => keepWatching(pipeline.graphqlUrl, acme.key, after));
  for (let cut = 0; cut < 4; cut++) {
    const publishing = Array.from({ length: 15 }, (_, n) => warren.publish('acme', 'during.cuts', n));
    warren.brokerWire.cut();
    await Promise.all(publishing);
    await waitUntil(async () => (await pipeline.app.readiness()).length === 0, 20_000);
  }
  const expected = await settled(streams, from);
  expect(expected.length).toBeGreaterThanOrEqual(120);
  for (const stream of streams) {
    expect(cursorsOf(stream)).toEqual(expected);
    expect(stream.resumes()).toBe(0);
  }
  await Promise.all(streams.map((stream) => stream.close()));
}, 90_000);

it('is what docs/examples/watch.mjs shows, over a restart of the API', async () => {
  let api = await spawnApi();
  const lines: string[] = [];
  const example = spawn(process.execPath, ['docs/examples/watch.mjs', apiUrl(), acme.key], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const output of [example.stdout, example.stderr])
    createInterface({ input: output }).on('line', (line) => void lines.push(line));
  await waitUntil(async () => {
    await acme.publish({ type: 'before.restart' });
    return lines.some((line) => line.startsWith('DELIVERED') && line.includes('before.restart'));
  }, 10_000);
  await api.signal('SIGKILL');
  await acme.publish({ type: 'while.away' });
  api = await spawnApi();
  await waitUntil(
    () => lines.some((line) => line.startsWith('DELIVERED') && line.includes('while.away')),
    10_000,
  );
  expect(lines.some((line) => line.startsWith('lost: '))).toBe(true);
  example.kill();
  await api.signal('SIGKILL');
}, 90_000);

describe('an hour’s backlog', () => {
  const BACKLOG = 12_000;
  const residentBytes = (pid: number): number =>
    1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const liveClients = async (): Promise<number> => {
    const metrics = await (await fetch(new URL('/metrics', apiUrl()))).text();
    return Number(/^warren_live_clients (\d+)$/m.exec(metrics)?.[1]);
  };
  let from: number;
  let api: WarrenProcess;

  beforeAll(async () => {
    from = await lastSeq();
    await seedChanges(warren.database, {
      ...{ tenantId: acme.id, endpointId: endpoint.id },
      ...{ subscriptionId: endpoint.subscriptions[0]?.id ?? '', count: BACKLOG },
    });
    api = await spawnApi();
  }, 60_000);
  afterAll(() => api.signal('SIGKILL'));

  it('is read in order and to the end, in bounded pages and flat memory', async () => {
    const mostBytes: number[] = [];
    let stream = watchDeliveries(apiUrl(), acme.key, { after: streamCursor(acme.id, from) });
    for (const round of [0, 1]) {
      await waitUntil(() => {
        mostBytes[round] = Math.max(mostBytes[round] ?? 0, residentBytes(api.pid));
        return stream.updates.length >= BACKLOG;
      }, 60_000);
      if (round === 1) break;
      await stream.close();
      stream = watchDeliveries(apiUrl(), acme.key, { after: streamCursor(acme.id, from) });
    }
    await acme.publish({ type: 'live.again' });
    await waitUntil(() => stream.ofType('live.again').length === 2);
    expect(stream.updates.map(({ cursor }) => cursor)).toEqual(await cursorsAfter(from));
    const [first = 0, second = 0] = mostBytes;
    expect(second - first).toBeLessThan(100e6);
    await stream.close();
  }, 120_000);

  it('closes a client that stops reading with 4429, disturbs nobody else, and lets it resume', async () => {
    const socket = new WebSocket(apiUrl().replace('http', 'ws'), 'graphql-transport-ws');
    const query =
      'subscription ($after: Cursor) { deliveryUpdated(after: $after) { cursor delivery { event { data } attempts { number requestHeaders } } attempt { requestBody } } }';
    const read: string[] = [];
    let isPaused = false;
    socket.on('message', (bytes: Buffer) => {
      const { type, payload } = JSON.parse(bytes.toString()) as {
        type: string;
        payload: { data: { deliveryUpdated: { cursor: string } } };
      };
      if (type === 'connection_ack') {
        const variables = { after: streamCursor(acme.id, from) };
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
        socket.pause();
        isPaused = true;
      }
      if (type === 'next') read.push(payload.data.deliveryUpdated.cursor);
    });
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.on('open', () => {
      const payload = { authorization: `Bearer ${acme.key}` };
      socket.send(JSON.stringify({ type: 'connection_init', payload }));
    });
    const before = residentBytes(api.pid);
    const other = watchDeliveries(apiUrl(), acme.key);
    await waitUntil(async () => {
      await acme.publish({ type: 'for.the.other' });
      return other.updates.length > 0 && isPaused;
    });
    await waitUntil(async () => (await liveClients()) === 2);
    // The other goes on all the while, until Warren has had enough of the one that does not read.
    const slow = { isLetGo: false, tookBytes: 0 };
    const letGo = waitUntil(async () => (await liveClients()) === 1, 40_000).finally(() => {
      Object.assign(slow, { isLetGo: true, tookBytes: residentBytes(api.pid) - before });
      // At once: what is not read within seconds of the close is cut off.
      socket.resume();
    });
    while (!slow.isLetGo) {
      const seen = other.updates.length;
      await acme.publish({ type: 'for.the.other' });
      await waitUntil(() => other.updates.length > seen);
    }
    await letGo;
    expect(slow.tookBytes).toBeLessThan(100e6);
    expect(await closed).toBe(4429);
    expect(read.length).toBeGreaterThan(0);
    const resumed = watchDeliveries(apiUrl(), acme.key, { after: read.at(-1) ?? '' });
    const all = await cursorsAfter(from);
    await waitUntil(() => resumed.updates.length + read.length >= all.length, 60_000);
    expect([...read, ...resumed.updates.map(({ cursor }) => cursor)].slice(0, all.length)).toEqual(all);
    await Promise.all([resumed.close(), other.close()]);
  }, 120_000);

  it('says so when retention has taken what came after the cursor, or the log is not as far', async () => {
    await warren.sql('delete from delivery_changes where seq <= ?', [from + 100]);
    const last = await lastSeq();
    for (const [seq, words] of [
      [from, 'past retention'],
      [from + 99, 'past retention'],
      [last + 1000, 'has not come as far'],
    ] as const) {
      const stream = watchDeliveries(apiUrl(), acme.key, { after: streamCursor(acme.id, seq) });
      await waitUntil(() => stream.ended() !== undefined);
      expect(JSON.stringify(stream.ended())).toContain('BAD_USER_INPUT');
      expect(JSON.stringify(stream.ended())).toContain(words);
      await stream.close();
    }
    const there = watchDeliveries(apiUrl(), acme.key, { after: streamCursor(acme.id, from + 100) });
    await waitUntil(() => there.updates.length > 0);
    expect(there.updates[0]?.cursor).toBe(streamCursor(acme.id, from + 101));
    await there.close();
  });
});
