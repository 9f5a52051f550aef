import { STATUS_CODES } from '../../../src/domain/delivery/delivery-status';
import { deliveryIdFor, idBytes, newId } from '../../../src/domain/ids';
import { makeDatabase, type Database, type Sql } from '../../../src/store/database';
import { makeDeliveryStore } from '../../../src/store/deliveries/delivery-store';
import { makeGateQueue } from '../../../src/store/gate/gate-queue';
import { makeGateStore } from '../../../src/store/gate/gate-store';
import { newOwner } from '../../../src/store/gate/gate-owner';
import { queueRouted } from '../../../src/store/gate/gate-writes';
import { makeRecordStore } from '../../../src/store/deliveries/record-store';
import { makeRoutingStore } from '../../../src/store/events/routing-store';
import { seedQueued } from '../../support/seed/held-deliveries';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';

let test: TestDatabase;
let database: Database;
const tenantId = newId('tenant');

beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
}, 60_000);
afterAll(() => test.drop());

/** Deliveries of one endpoint, held in this order; `keys` ordering keys in turn. */
const hold = (endpointId: string, count: number, keys: number): Promise<string[]> =>
  seedQueued(
    database,
    { tenantId, endpointId, reason: 'ORDER', at: new Date(), count },
    (index) => `key-${index % keys}`,
  );

/** Rows that the server touches for some work, on one connection. */
async function rowsTouched(work: (sql: Database) => Promise<unknown>): Promise<number> {
  const runner = test.dataSource.createQueryRunner();
  const sql: Sql = {
    rows: async <Row>(text: string, parameters?: unknown[]) =>
      (await runner.query(text, parameters)) as Row[],
    write: async (text, parameters) =>
      ((await runner.query(text, parameters)) as { affectedRows: number }).affectedRows,
  };
  await runner.query('flush status');
  await work({ ...sql, source: test.dataSource, transaction: (run) => run(sql) });
  const counters = (await runner.query(`show session status like 'Handler_read%'`)) as { Value: string }[];
  await runner.release();
  return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
}

it('reads and releases at the same cost however many wait', async () => {
  const few = newId('endpoint');
  const many = newId('endpoint');
  await hold(few, 200, 10);
  await hold(many, 20_000, 10);
  await database.rows('analyze table gate_queue');
  const cost = async (endpointId: string): Promise<Record<string, number>> => ({
    waiting: await rowsTouched((sql) => makeGateQueue(sql).waiting(endpointId, 50)),
    heads: await rowsTouched((sql) => makeGateQueue(sql).headsAfter(endpointId, undefined, 500)),
    release: await rowsTouched(async (sql) => {
      const queue = makeGateQueue(sql);
      await queue.release(endpointId, newOwner(), await queue.waiting(endpointId, 50), new Date());
    }),
  });
  const [small, large] = [await cost(few), await cost(many)];
  for (const what of Object.keys(small)) {
    expect({ what, touched: large[what] }).toEqual({
      what,
      touched: expect.closeTo(small[what] ?? 0, -2) as number,
    });
  }
}, 60_000);

it('gives the oldest in publish order, and of each lane its head, busy or not', async () => {
  const endpointId = newId('endpoint');
  const ids = await hold(endpointId, 6, 2);
  const queue = makeGateQueue(database);
  expect((await queue.waiting(endpointId, 4)).map(({ deliveryId }) => deliveryId)).toEqual(ids.slice(0, 4));
  const [first] = await queue.waiting(endpointId, 1);
  await queue.release(endpointId, newOwner(), first ? [first] : [], new Date());
  const { heads, next } = await queue.headsAfter(endpointId, undefined, 10);
  expect(next).toBeUndefined();
  expect(heads.map(({ deliveryId, released }) => [deliveryId, released]).sort()).toEqual(
    [
      [ids[0], true],
      [ids[1], false],
    ].sort(),
  );
  const { next: second } = await queue.headsAfter(endpointId, undefined, 1);
  expect((await queue.headsAfter(endpointId, second, 10)).heads).toHaveLength(1);
});

it('lets each delivery go once, whoever tries at the same time', async () => {
  const endpointId = newId('endpoint');
  const ids = await hold(endpointId, 40, 4);
  const queue = makeGateQueue(database);
  const queued = await queue.waiting(endpointId, 100);
  const released = await Promise.all(
    Array.from({ length: 4 }, () => queue.release(endpointId, newOwner(), queued, new Date())),
  );
  expect(released.flat().sort()).toEqual([...ids].sort());
  const [row] = await database.rows<{ n: number }>(
    'select count(*) as n from delivery_changes where status = ? and delivery_id in (?)',
    [STATUS_CODES.PENDING, ids.map((id) => idBytes('delivery', id))],
  );
  expect(Number(row?.n)).toBe(40);
});

it('has one owner for a gate, and another once the lease is over', async () => {
  const endpointId = newId('endpoint');
  await hold(endpointId, 1, 1);
  const gates = makeGateStore(database);
  const [one, two] = [newOwner(), newOwner()];
  const claimed = (await Promise.all([gates.claim(one), gates.claim(two)])).flat();
  expect(claimed.filter((gate) => gate.endpointId === endpointId)).toHaveLength(1);
  expect(await gates.claim(newOwner())).toEqual([]);
  await database.write(
    'update gates set lease_until = utc_timestamp(3) - interval 1 second where endpoint_id = ?',
    [idBytes('endpoint', endpointId)],
  );
  expect(await gates.claim(two)).toEqual([expect.objectContaining({ endpointId, orphaned: true })]);
});

it('closes no gate behind which something waits', async () => {
  const endpointId = newId('endpoint');
  await hold(endpointId, 1, 1);
  const gates = makeGateStore(database);
  const owner = newOwner();
  await gates.claim(owner);
  expect(await gates.close(endpointId, owner, false)).toBe(false);
  await database.write('delete from gate_queue where endpoint_id = ?', [idBytes('endpoint', endpointId)]);
  expect(await gates.close(endpointId, owner, false)).toBe(true);
  await hold(endpointId, 1, 1);
  expect((await gates.claim(owner)).map((gate) => gate.endpointId)).toContain(endpointId);
});

it('tells everybody to hold what comes for an endpoint in trouble and while it recovers, not for a mere backlog', async () => {
  const endpointId = newId('endpoint');
  const gate = { tenantId, endpointId };
  await hold(endpointId, 1, 1);
  const gates = makeGateStore(database);
  const noticed = async () => {
    const { notices } = await gates.changes(undefined, 1000);
    const { recovering } = (await gates.read(endpointId)) ?? {};
    return [notices.find((notice) => notice.endpointId === endpointId)?.reason, recovering];
  };
  expect(await noticed()).toEqual([null, false]);
  await gates.setCircuit(gate, 'OPEN', { openedAt: new Date(), probeAt: new Date(), probes: 0 });
  expect(await noticed()).toEqual(['CIRCUIT', true]);
  await gates.recover(gate);
  expect(await noticed()).toEqual(['OVERFLOW', true]);
  await gates.ease(gate);
  expect(await noticed()).toEqual([null, false]);
  await gates.throttle(gate, new Date(Date.now() + 60_000), 1);
  expect(await noticed()).toEqual(['RETRY_AFTER', true]);
  await gates.resume(gate, { olderThan: null, superseded: false });
  expect(await noticed()).toEqual(['OVERFLOW', true]);
});

it('measures what waits, and shows the longest queues by themselves, a few at most', async () => {
  const before = await makeGateStore(database).measure();
  const [longest, second] = [newId('endpoint'), newId('endpoint')];
  await hold(longest, 2_000, 1);
  await hold(second, 1_500, 1);
  const queue = makeGateQueue(database);
  await queue.release(second, newOwner(), await queue.waiting(second, 10), new Date());
  for (let n = 0; n < 25; n++) await hold(newId('endpoint'), 1, 1);
  const measured = await makeGateStore(database).measure();
  const sum = (of: typeof measured): number => of.byReason.reduce((all, { count }) => all + count, 0);
  expect(sum(measured) - sum(before)).toBe(2_000 + 1_490 + 25);
  expect(measured.longest).toHaveLength(20);
  expect(measured.longest.filter(({ endpointId }) => [longest, second].includes(endpointId))).toEqual([
    { endpointId: longest, count: 2_000, oldestHeldAt: expect.any(Date) as Date },
    { endpointId: second, count: 1_490, oldestHeldAt: expect.any(Date) as Date },
  ]);
}, 60_000);

it('lets batches that hold for one endpoint be written side by side, and closes no gate in the middle of one', async () => {
  const endpointId = newId('endpoint');
  await hold(endpointId, 1, 1);
  const owner = newOwner();
  await makeGateStore(database).claim(owner);
  await database.write('delete from gate_queue where endpoint_id = ?', [idBytes('endpoint', endpointId)]);
  let closing: Promise<boolean> | undefined;
  await database.transaction(async (sql) => {
    const deliveryId = deliveryIdFor(newId('event'), newId('subscription'));
    const held = { tenantId, endpointId, deliveryId, reason: 'OVERFLOW', orderingKey: undefined };
    await queueRouted(sql, [held], new Date());
    // Would wait for this transaction, and this one for it, if the gate's row were locked for writing.
    await hold(endpointId, 1, 1);
    closing = makeGateStore(database).close(endpointId, owner, false);
  });
  expect(await closing).toBe(false);
});

/** What a store asks of the database, in its transactions. */
function spyOn(statements: string[]): Database {
  return {
    ...database,
    transaction: (work) =>
      database.transaction((sql) =>
        work({
          rows: (text, parameters) => (statements.push(text), sql.rows(text, parameters)),
          write: (text, parameters) => (statements.push(text), sql.write(text, parameters)),
        }),
      ),
  };
}

it('costs a healthy endpoint no statement, neither to route nor to record, whoever else is held', async () => {
  const endpointId = newId('endpoint');
  const ofOne = async (): Promise<{ route: string[]; record: string[] }> => {
    const statements: string[] = [];
    const now = new Date();
    const event = {
      ...{ id: newId('event'), tenantId, type: 'a.b', version: 1, data: Buffer.from('{}') },
      ...{ occurredAt: now, receivedAt: now },
    };
    const target = { subscriptionId: newId('subscription'), endpointId, status: 'PENDING' } as const;
    const [routed] = await makeRoutingStore(spyOn(statements)).routeEvents(
      [{ event, targets: [target], configVersion: 1, lackedScope: null, suspect: false, redelivered: false }],
      new Date(),
    );
    const route = statements.splice(0);
    const deliveryId = routed?.kind === 'fresh' ? (routed.deliveries[0]?.id ?? '') : '';
    const attempt = { number: 1, at: new Date(), durationMs: 1, requestHeaders: {}, requestBody: null };
    const [recorded] = await makeRecordStore(spyOn(statements)).recordOutcomes(
      [{ deliveryId, tenantId, number: 1, generation: 0, attempt, verdict: { kind: 'delivered' } }],
      new Date(),
    );
    expect(recorded).toMatchObject({ applied: true, status: 'DELIVERED' });
    return { route, record: statements };
  };
  const alone = await ofOne();
  await hold(newId('endpoint'), 100, 10);
  const beside = await ofOne();
  expect(alone.route.length).toBeGreaterThan(3);
  expect(alone.record.length).toBeGreaterThan(3);
  expect(beside).toEqual(alone);
  expect([...beside.route, ...beside.record].filter((text) => text.includes('gate'))).toEqual([]);
});

/** Rows of the queue, as whoever looks for what may go sees them. */
const rowsOf = (endpointId: string): Promise<{ released: number; owned: number }[]> =>
  database.rows(
    `select released_at is not null as released, released_by is not null as owned from gate_queue
     where endpoint_id = ?`,
    [idBytes('endpoint', endpointId)],
  );

const holdAgain = (deliveryId: string, generation: number) =>
  makeRecordStore(database).recordOutcomes(
    [
      {
        ...{ deliveryId, tenantId, number: 1, generation },
        verdict: { kind: 'hold', because: 'OVERFLOW' },
      },
    ],
    new Date(),
  );

it('does not hold again what its owner has let go, whoever brings a twin of its message', async () => {
  const endpointId = newId('endpoint');
  const [id = ''] = await hold(endpointId, 1, 1);
  const queue = makeGateQueue(database);
  await queue.release(endpointId, newOwner(), await queue.waiting(endpointId, 1), new Date());
  const [twin] = await holdAgain(id, 1);
  expect(twin).toMatchObject({ applied: false, status: 'PENDING', generation: 1 });
  expect(await queue.waiting(endpointId, 1)).toEqual([]);
  // What comes back from the ladder is its gate's again.
  await database.write('update deliveries set status = ? where id = ?', [
    STATUS_CODES.RETRYING,
    idBytes('delivery', id),
  ]);
  expect((await holdAgain(id, 1))[0]).toMatchObject({ applied: true, status: 'HELD' });
  expect(await queue.waiting(endpointId, 1)).toHaveLength(1);
});

it('holds what a request of another than its owner was told to hold: its number is taken', async () => {
  const endpointId = newId('endpoint');
  const [deliveryId = ''] = await hold(endpointId, 1, 1);
  const queue = makeGateQueue(database);
  await queue.release(endpointId, newOwner(), await queue.waiting(endpointId, 1), new Date());
  const attempt = { number: 1, at: new Date(), durationMs: 1, requestHeaders: {}, requestBody: null };
  const [recorded] = await makeRecordStore(database).recordOutcomes(
    [
      {
        ...{ deliveryId, tenantId, number: 1, generation: 1 },
        attempt: { ...attempt, error: 'HTTP_429' as const },
        verdict: { kind: 'hold', because: 'RETRY_AFTER' },
      },
    ],
    new Date(),
  );
  expect(recorded).toMatchObject({ applied: true, status: 'HELD', generation: 2 });
  expect(await queue.waiting(endpointId, 1)).toHaveLength(1);
  expect((await makeDeliveryStore(database).statesOf([deliveryId])).get(deliveryId)).toMatchObject({
    attemptCount: 1,
  });
});

it('lets go at once of what is retried by hand while held, and keeps its place where there is an order', async () => {
  const deliveries = makeDeliveryStore(database);
  for (const ordered of [false, true]) {
    const endpointId = newId('endpoint');
    await database.write(
      `insert into endpoints (id, tenant_id, name, url, description, status, payload_format, timeout_ms,
         signature_scheme, config_version, ordered, created_at, updated_at)
       values (?, ?, 'a', 'http://a', '', 'ACTIVE', 'STANDARD', 1000, 'HMAC', 1, ?, utc_timestamp(3), utc_timestamp(3))`,
      [idBytes('endpoint', endpointId), idBytes('tenant', tenantId), ordered],
    );
    const [id = ''] = await hold(endpointId, 1, 1);
    await deliveries.restart(null, id, new Date());
    expect({ ordered, rows: await rowsOf(endpointId) }).toEqual({
      ordered,
      rows: ordered ? [{ released: 1, owned: 0 }] : [],
    });
    if (!ordered) continue;
    // Its message is not an owner's: it takes its place again.
    expect((await holdAgain(id, 1))[0]).toMatchObject({ applied: true, status: 'HELD' });
    expect(await rowsOf(endpointId)).toEqual([{ released: 0, owned: 0 }]);
  }
});

it('takes back what the ladder has not given back, in its old place, and leaves what is not late', async () => {
  const endpointId = newId('endpoint');
  const ids = await hold(endpointId, 3, 3);
  const queue = makeGateQueue(database);
  await queue.release(endpointId, newOwner(), await queue.waiting(endpointId, 3), new Date());
  const [late, soon, gone] = ids.map((id) => idBytes('delivery', id));
  const retryAt = (id: Buffer | undefined, seconds: number, status: number): Promise<unknown> =>
    database.write(
      'update deliveries set status = ?, attempt_count = 1, next_attempt_at = utc_timestamp(3) + interval ? second where id = ?',
      [status, seconds, id],
    );
  await retryAt(late, -11, STATUS_CODES.RETRYING);
  await retryAt(soon, -9, STATUS_CODES.RETRYING);
  await retryAt(gone, -60, STATUS_CODES.DELIVERED);
  const taken = await queue.takeBackLate(endpointId, 10_000, 10);
  expect(taken.map(({ deliveryId }) => deliveryId)).toEqual([ids[0]]);
  expect(await queue.waiting(endpointId, 10)).toEqual(taken);
  const states = await makeDeliveryStore(database).statesOf(ids);
  expect(ids.map((id) => states.get(id))).toMatchObject([
    { status: 'HELD', attemptCount: 1, generation: 2, nextAttemptAt: null },
    { status: 'RETRYING', generation: 1 },
    { status: 'DELIVERED' },
  ]);
  expect(await queue.takeBackLate(endpointId, 10_000, 10)).toEqual([]);
});

it('is not closed over what is being put into its queue', async () => {
  const owner = newOwner();
  const gates = makeGateStore(database);
  const held = (endpointId: string) => ({
    ...{ tenantId, endpointId, reason: 'OVERFLOW', orderingKey: undefined },
    deliveryId: deliveryIdFor(newId('event'), newId('subscription')),
  });
  // With several in one transaction the database would read them from an index of its own choice.
  const endpointIds = Array.from({ length: 3 }, () => newId('endpoint'));
  await database.transaction((sql) => queueRouted(sql, endpointIds.map(held), new Date()));
  await gates.claim(owner);
  await database.write('delete from gate_queue where tenant_id = ?', [idBytes('tenant', tenantId)]);
  let closing: Promise<boolean[]> | undefined;
  await database.transaction(async (sql) => {
    await queueRouted(sql, endpointIds.map(held), new Date());
    closing = Promise.all(endpointIds.map((endpointId) => gates.close(endpointId, owner, false)));
    // Either may come first; it has time to go wrong before this commits.
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  expect(await closing).toEqual([false, false, false]);
});
