import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { createPool } from 'mysql2/promise';
import { Agent } from 'undici';

/**
 * Load on the API, and the same work without it, in a process of its own. argv: what the API is, as JSON. Over IPC:
 * `{ kind, count, concurrency }` does so many, so many at a time, and answers with how long it took and what processor
 * time of this process.
 */
export type Kind = 'publishMutation' | 'rawPublish' | 'nestedQuery' | 'rawSql';

export interface Target {
  graphqlUrl: string;
  headers: Record<string, string>;
  amqpUrl: string;
  exchange: string;
  databaseUrl: string;
  /** 16 bytes in hex. */
  tenantHex: string;
}

const target = JSON.parse(process.argv[2] ?? '{}') as Target;
const ROUTING_KEY = 'order.placed';
const data = { order: 1, note: 'x'.repeat(980) };

const MUTATION = `mutation ($input: EventPublishInput!) { eventPublish(input: $input) {
  eventId userErrors { message } } }`;
/** 50 deliveries with their endpoints, events and attempts. */
const NESTED = `{ deliveries(first: 50) { nodes { id status endpoint { name } event { type data }
  attempts { number responseStatus responseBody } } } }`;

async function main(): Promise<void> {
  const url = new URL(target.graphqlUrl);
  const agent = new Agent({ connections: null, pipelining: 1 });
  const ask = async (query: string, variables: object): Promise<void> => {
    const { statusCode, body } = await agent.request({
      ...{ origin: url.origin, path: url.pathname, method: 'POST' },
      headers: { 'content-type': 'application/json', ...target.headers },
      body: JSON.stringify({ query, variables }),
    });
    const text = await body.text();
    if (statusCode !== 200 || text.includes('"errors"') || text.includes('"userErrors":[{'))
      throw new Error(`${statusCode} ${text.slice(0, 500)}`);
  };

  const connection = await connect(target.amqpUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  const publish = (): Promise<void> =>
    new Promise((resolve, reject) => {
      channel.publish(
        target.exchange,
        ROUTING_KEY,
        Buffer.from(JSON.stringify(data)),
        {
          ...{ persistent: true, mandatory: true, contentType: 'application/json', messageId: randomUUID() },
          headers: { tenant: 'bench' },
        },
        (error) => (error ? reject(new Error('the broker refused it')) : resolve()),
      );
    });

  const pool = createPool({ uri: target.databaseUrl, connectionLimit: 32 });
  const tenant = Buffer.from(target.tenantHex, 'hex');
  /** The same 50 deliveries in the same four reads, one of each. */
  const readNested = async (): Promise<void> => {
    const [page] = await pool.query(
      'select id, status, endpoint_id, event_id from deliveries where tenant_id = ? order by id desc limit 51',
      [tenant],
    );
    const rows = page as { id: Buffer; endpoint_id: Buffer; event_id: Buffer }[];
    const [endpoints, events, attempts] = await Promise.all([
      pool.query('select id, name from endpoints where id in (?)', [rows.map((row) => row.endpoint_id)]),
      pool.query('select id, type, data from events where id in (?)', [rows.map((row) => row.event_id)]),
      pool.query(
        'select delivery_id, number, response_status, response_body from delivery_attempts where delivery_id in (?)',
        [rows.map((row) => row.id)],
      ),
    ]);
    const found = [endpoints, events, attempts].map(([all]) => (all as unknown[]).length);
    if (found.includes(0)) throw new Error(`found ${found.join(', ')}`);
  };

  const works: Record<Kind, () => Promise<void>> = {
    publishMutation: () => ask(MUTATION, { input: { type: ROUTING_KEY, data } }),
    rawPublish: publish,
    nestedQuery: () => ask(NESTED, {}),
    rawSql: readNested,
  };
  process.on(
    'message',
    ({ kind, count, concurrency }: { kind: Kind; count: number; concurrency: number }) => {
      void run(works[kind], count, concurrency).then(
        (result) => process.send?.(result),
        (error: unknown) => {
          process.stderr.write(`${String(error)}\n`);
          process.exit(1);
        },
      );
    },
  );
  process.send?.({ ready: true });
}

async function run(work: () => Promise<void>, count: number, concurrency: number) {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - startMs, loadMicros: (user + system) / count };
}

process.on('disconnect', () => process.exit(0));
void main();
