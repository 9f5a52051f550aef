import { idBytes, newId } from '../../../src/domain/ids';
import { minuteOf } from '../../../src/domain/stats/stats-range';
import { makeDatabase } from '../../../src/store/database';
import { makeDataSource } from '../../../src/store/data-source';
import { STAT_HOURS_KEPT_DAYS, makeHousekeeping } from '../../../src/store/upkeep/housekeeping';
import { DELTAS_PER_BATCH, makeStatsFolder } from '../../../src/store/stats/stats-folder';
import { makeStatsGround, type StatsGround } from '../../support/seed/stats-ground';

const DAY_MS = 86_400_000;
let ground: StatsGround;
let acme: string;
let endpointId: string;

beforeEach(async () => {
  ground = await makeStatsGround();
  acme = newId('tenant');
  endpointId = newId('endpoint');
});
afterEach(() => ground.database.drop());

async function countIn(table: string): Promise<number> {
  const [row] = await ground.tables.rows<{ count: string }>(`select count(*) as count from ${table}`);
  return Number(row?.count);
}

const totalOf = async (hours = 24): Promise<number> =>
  (await ground.stats({ endpointId }, hours)).byStatus.PENDING;

/** Deltas of the endpoint as many transactions would leave them, each of one attempt with a latency. */
async function addDeltas(count: number): Promise<void> {
  const row = [idBytes('endpoint', endpointId), idBytes('tenant', acme), minuteOf(Date.now()), 1];
  await ground.tables.write(
    'insert into stat_deltas (subject_id, tenant_id, at, attempts, latencies) values ?',
    [Array.from({ length: count }, () => [...row, Buffer.from([30, 1])])],
  );
}

describe('the folder of statistics', () => {
  it('leaves no deltas, and changes no answer', async () => {
    for (let event = 0; event < 5; event++) await ground.route(acme, [endpointId]);
    const before = await ground.stats({ endpointId });
    expect(await ground.fold()).toBeGreaterThan(0);
    expect(await countIn('stat_deltas')).toBe(0);
    expect(await ground.stats({ endpointId })).toEqual(before);
    expect(before.byStatus.PENDING).toBe(5);
  });

  it('adds to what it folded before, histograms too', async () => {
    for (let round = 1; round <= 3; round++) {
      const [{ id } = { id: '' }] = await ground.route(acme, [endpointId]);
      const outcome = await ground.outcome(acme, id, { kind: 'delivered' }, {});
      await ground.recorder.recordOutcomes([outcome], new Date());
      await ground.fold();
      const { byStatus, attempts, latencies } = await ground.stats({ endpointId });
      const latencyCount = [...latencies.values()].reduce((sum, count) => sum + count, 0);
      expect([byStatus.DELIVERED, attempts, latencyCount]).toEqual([round, round, round]);
    }
  });

  it('counts every delta once when several processes fold and others write', async () => {
    const other = await makeDataSource({ url: ground.database.url, connectionLimit: 3 }).initialize();
    try {
      const folders = [ground.tables, makeDatabase(other)].map(makeStatsFolder);
      for (let round = 0; round < 10; round++) {
        await Promise.all([
          addDeltas(DELTAS_PER_BATCH / 2),
          addDeltas(DELTAS_PER_BATCH / 2),
          ...folders.map((folder) => folder.foldStats(new Date(), 3)),
        ]);
        const { attempts, latencies } = await ground.stats({ endpointId });
        const expected = (round + 1) * DELTAS_PER_BATCH;
        expect([attempts, latencies.get(30)]).toEqual([expected, expected]);
      }
      while ((await ground.fold()) > 0);
      expect((await ground.stats({ endpointId })).attempts).toBe(10 * DELTAS_PER_BATCH);
    } finally {
      await other.destroy();
    }
  });

  it('does not pass over a delta whose transaction began earlier and commits later', async () => {
    const slow = ground.database.dataSource.createQueryRunner();
    const values = [idBytes('endpoint', endpointId), idBytes('tenant', acme), minuteOf(Date.now())];
    await slow.startTransaction('READ COMMITTED');
    await slow.query(
      'insert into stat_deltas (subject_id, tenant_id, at, pending) values (?, ?, ?, 1)',
      values,
    );
    await ground.route(acme, [endpointId]);
    await ground.fold();
    expect(await totalOf()).toBe(1);
    await slow.commitTransaction();
    await slow.release();
    expect(await totalOf()).toBe(2);
    await ground.fold();
    expect([await totalOf(), await countIn('stat_deltas')]).toEqual([2, 0]);
  });

  it.each(['stat_minutes', 'stat_hours', 'stat_deltas'])(
    'counts nothing twice after it died at the write to %s',
    async (table) => {
      await ground.route(acme, [endpointId]);
      await ground.tables.write(
        table === 'stat_deltas'
          ? `create trigger dies before delete on stat_deltas for each row signal sqlstate '45000'`
          : `create trigger dies before insert on ${table} for each row signal sqlstate '45000'`,
      );
      await expect(ground.fold()).rejects.toThrow();
      expect(await totalOf()).toBe(1);
      await ground.tables.write('drop trigger dies');
      expect(await ground.fold()).toBeGreaterThan(0);
      expect([await totalOf(), await countIn('stat_deltas')]).toEqual([1, 0]);
    },
  );

  it('takes a backlog of many endpoints in bounded batches', async () => {
    const endpointIds = Array.from({ length: 2500 }, () => newId('endpoint'));
    const ids = await ground.route(acme, endpointIds);
    const outcomes = await Promise.all(
      ids.slice(0, 20).map(({ id }) => ground.outcome(acme, id, { kind: 'delivered' }, {})),
    );
    await ground.recorder.recordOutcomes(outcomes, new Date());
    const folder = makeStatsFolder(ground.tables);
    expect(await folder.foldStats(new Date(), 1)).toBe(DELTAS_PER_BATCH);
    await folder.foldStats(new Date(), 10);
    expect(await countIn('stat_deltas')).toBe(0);
    const { byStatus, attempts } = await ground.stats({ tenantId: acme });
    expect([byStatus.PENDING, byStatus.DELIVERED, attempts]).toEqual([2480, 20, 20]);
    expect(await countIn('stat_hours')).toBe(2502);
  });
});

describe('what is kept of statistics', () => {
  it('outlives the deliveries: by the hour once minutes are dropped', async () => {
    const old = new Date(Date.now() - 3 * DAY_MS);
    const house = makeHousekeeping(ground.tables, 1, 1);
    await house.run(new Date(old.getTime() - DAY_MS));
    await ground.route(acme, [endpointId], { at: old });
    await ground.fold(old);
    expect(await countIn('stat_minutes')).toBe(3);
    const report = await house.run(new Date());
    expect(report.partitionsDropped).toContain(
      `stat_minutes.p${old.toISOString().slice(0, 10).replaceAll('-', '')}`,
    );
    expect([await countIn('deliveries'), await countIn('stat_minutes')]).toEqual([0, 0]);
    expect(await totalOf(80)).toBe(1);
  });

  it('has no minutes of long ago, when an old delivery moves', async () => {
    await ground.route(acme, [endpointId], { at: new Date(Date.now() - 10 * DAY_MS) });
    await ground.fold();
    expect([await countIn('stat_minutes'), await countIn('stat_hours')]).toEqual([0, 3]);
    expect(await totalOf(11 * 24)).toBe(1);
  });

  it('is forgotten after 400 days', async () => {
    const age = (days: number) => new Date(Date.now() - days * DAY_MS);
    await ground.route(acme, [endpointId], { at: age(STAT_HOURS_KEPT_DAYS + 1) });
    await ground.route(acme, [endpointId], { at: age(STAT_HOURS_KEPT_DAYS - 1) });
    await ground.fold();
    expect(await totalOf(24 * 500)).toBe(2);
    const { statHoursExpired } = await makeHousekeeping(ground.tables, 30, 30).run(new Date());
    expect(statHoursExpired).toBe(3);
    expect(await totalOf(24 * 500)).toBe(1);
  });
});
