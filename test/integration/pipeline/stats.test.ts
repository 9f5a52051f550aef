import { idBytes, newId } from '../../../src/domain/ids';
import { quantileMs } from '../../../src/domain/stats/latencies';
import type { OutcomeToRecord } from '../../../src/domain/delivery/recorded-outcome';
import { statsRange } from '../../../src/domain/stats/stats-range';
import type { Tally } from '../../../src/domain/stats/tally';
import { countRows, makeStatsGround, type StatsGround } from '../../support/seed/stats-ground';

const RETRY = { kind: 'retry', delaySeconds: 1 } as const;
const DEAD = { kind: 'dead', endpointGone: false } as const;
const DELIVERED = { kind: 'delivered' } as const;

let ground: StatsGround;
let acme: string;
let endpointId: string;

beforeAll(async () => {
  ground = await makeStatsGround();
});
afterAll(() => ground.database.drop());
beforeEach(() => {
  acme = newId('tenant');
  endpointId = newId('endpoint');
});

const statsOf = (id: string) => ground.stats({ endpointId: id });
const withoutLatencies = ({ latencies: _, ...rest }: Tally) => rest;
const latencyCount = ({ latencies }: Tally): number =>
  [...latencies.values()].reduce((sum, count) => sum + count, 0);

async function record(...batch: OutcomeToRecord[]): Promise<void> {
  await ground.recorder.recordOutcomes(batch, new Date());
}

async function routeOne(at?: Date): Promise<string> {
  const [delivery] = await ground.route(acme, [endpointId], at ? { at } : {});
  return delivery?.id ?? '';
}

/** A number below `bound`, the same in every run. */
function makeDice(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * bound);
  };
}

describe('statistics', () => {
  it.each([1, 2, 3])(
    'equal a count of the rows after anything that can happen to deliveries (%i)',
    async (seed) => {
      const dice = makeDice(seed);
      const endpointIds = [endpointId, newId('endpoint'), newId('endpoint')];
      const ids: string[] = [];
      const past: OutcomeToRecord[] = [];
      const anyId = (): string => ids[dice(ids.length)] ?? '';
      const finish = async (...args: Parameters<StatsGround['outcome']>): Promise<void> => {
        const outcome = await ground.outcome(...args);
        past.push(outcome);
        await record(outcome);
      };
      const now = new Date();
      const moves: (() => Promise<unknown>)[] = [
        async () => ids.push(...(await ground.route(acme, endpointIds)).map(({ id }) => id)),
        async () =>
          ids.push(...(await ground.route(acme, [endpointId], { status: 'HELD' })).map(({ id }) => id)),
        () => finish(acme, anyId(), DELIVERED, {}),
        () => finish(acme, anyId(), DELIVERED, {}),
        () => finish(acme, anyId(), RETRY, { error: 'HTTP_500' }),
        () => finish(acme, anyId(), DEAD, { error: 'TIMEOUT' }),
        () => finish(acme, anyId(), { kind: 'hold', because: 'PAUSED' }),
        () => finish(acme, anyId(), { kind: 'cancel', because: 'ENDPOINT_DELETED' }),
        () => ground.deliveries.restart(acme, anyId(), now),
        () => ground.deliveries.cancel(acme, anyId(), now),
        // What a redelivered message leads to, alone and beside others, and twice in one batch.
        async () => {
          const again = past[dice(past.length)];
          const fresh = await ground.outcome(acme, anyId(), DELIVERED, {});
          past.push(fresh);
          await record(...(again ? [again] : []), fresh, fresh);
        },
        () => ground.fold(),
      ];
      await moves[0]?.();
      for (let step = 0; step < 150; step++) {
        await moves[dice(moves.length)]?.();
        if (step % 30 !== 0) continue;
        for (const id of endpointIds) {
          expect(withoutLatencies(await statsOf(id))).toEqual(await countRows(ground, 'endpoint_id', id));
        }
      }
      await ground.fold();
      const whole = await countRows(ground, 'tenant_id', acme);
      expect(whole.attempts).toBeGreaterThan(20);
      expect(withoutLatencies(await ground.stats({ tenantId: acme }))).toEqual(whole);
      const [everDelivered] = await ground.tables.rows<{ count: string }>(
        'select count(*) as count from deliveries where delivered_at is not null and tenant_id = ?',
        [idBytes('tenant', acme)],
      );
      expect(latencyCount(await ground.stats({ tenantId: acme }))).toBe(Number(everDelivered?.count));
    },
  );

  it('are exact before anything was folded', async () => {
    const id = await routeOne();
    expect((await statsOf(endpointId)).byStatus.PENDING).toBe(1);
    await record(await ground.outcome(acme, id, DELIVERED, {}));
    const { byStatus, attempts } = await statsOf(endpointId);
    expect([byStatus.PENDING, byStatus.DELIVERED, attempts]).toEqual([0, 1, 1]);
  });

  it('count an outcome once when its transaction is asked for again after a lost answer', async () => {
    const id = await routeOne();
    const outcome = await ground.outcome(acme, id, RETRY, { error: 'HTTP_503' });
    await record(outcome);
    await record(outcome);
    await record(outcome, outcome);
    const { byStatus, attempts, failed } = await statsOf(endpointId);
    expect([byStatus.RETRYING, byStatus.PENDING, attempts, failed]).toEqual([1, 0, 1, 1]);
  });

  it('count the fresh attempts of a batch that has one that is on record', async () => {
    const first = await ground.outcome(acme, await routeOne(), DELIVERED, {});
    await record(first);
    const second = await ground.outcome(acme, await routeOne(), DELIVERED, {});
    await record(first, second);
    expect((await statsOf(endpointId)).attempts).toBe(2);
  });

  it('count a delivery that is sent again by hand once, and its latency once', async () => {
    const id = await routeOne();
    await record(await ground.outcome(acme, id, DELIVERED, {}));
    await ground.deliveries.restart(acme, id, new Date());
    expect((await statsOf(endpointId)).byStatus).toMatchObject({ PENDING: 1, DELIVERED: 0 });
    await record(await ground.outcome(acme, id, DELIVERED, {}));
    const stats = await statsOf(endpointId);
    expect(stats.byStatus).toMatchObject({ PENDING: 0, DELIVERED: 1 });
    expect([stats.attempts, latencyCount(stats)]).toEqual([2, 1]);
  });

  it('measure from received to delivered', async () => {
    const id = await routeOne(new Date(Date.now() - 60_000));
    await record(await ground.outcome(acme, id, DELIVERED, { at: new Date(), durationMs: 2000 }));
    const median = quantileMs((await statsOf(endpointId)).latencies, 0.5) ?? 0;
    expect(Math.abs(median - 62_000) / 62_000).toBeLessThan(0.06);
  });

  it('put a delivery where it was received and an attempt where it was made', async () => {
    const id = await routeOne(new Date(Date.now() - 30 * 3_600_000));
    await record(await ground.outcome(acme, id, DELIVERED, {}));
    for (const round of ['not folded', 'folded']) {
      const day = await ground.stats({ endpointId }, 24);
      const twoDays = await ground.stats({ endpointId }, 40);
      expect([round, day.byStatus.DELIVERED, day.attempts]).toEqual([round, 0, 1]);
      expect([round, twoDays.byStatus.DELIVERED, twoDays.attempts]).toEqual([round, 1, 1]);
      await ground.fold();
    }
  });

  it('of an endpoint are nothing to another tenant', async () => {
    await routeOne();
    const theirs = newId('tenant');
    for (const round of ['not folded', 'folded']) {
      expect([round, (await ground.stats({ endpointId }, 24, acme)).byStatus.PENDING]).toEqual([round, 1]);
      expect([round, (await ground.stats({ endpointId }, 24, theirs)).byStatus.PENDING]).toEqual([round, 0]);
      expect([round, (await ground.stats({ tenantId: acme }, 24, theirs)).byStatus.PENDING]).toEqual([
        round,
        0,
      ]);
      await ground.fold();
    }
  });

  it('of everybody are those of all tenants together', async () => {
    const before = (await ground.stats('everybody')).byStatus.PENDING;
    await routeOne();
    await ground.route(newId('tenant'), [newId('endpoint'), newId('endpoint')]);
    expect((await ground.stats('everybody')).byStatus.PENDING).toBe(before + 3);
    await ground.fold();
    expect((await ground.stats('everybody')).byStatus.PENDING).toBe(before + 3);
  });
});

describe('the cost of statistics', () => {
  it('is one insert for a batch, of a row for each endpoint, tenant and minute', async () => {
    const endpointIds = [endpointId, newId('endpoint')];
    const outcomes: OutcomeToRecord[] = [];
    for (let event = 0; event < 40; event++) {
      for (const { id } of await ground.route(acme, endpointIds)) {
        outcomes.push(await ground.outcome(acme, id, DELIVERED, {}));
      }
    }
    await ground.fold();
    const statements = await ground.statementsOf(() => record(...outcomes));
    expect(statements.filter((sql) => sql.includes('stat_'))).toEqual([
      expect.stringContaining('insert into stat_deltas'),
    ]);
    // The rows, the attempts, the deliveries; the statistics; the log's counter (two) and the log.
    expect(statements).toHaveLength(7);
    const [left] = await ground.tables.rows<{ count: string; minutes: string }>(
      'select count(*) as count, count(distinct at) as minutes from stat_deltas',
    );
    expect(Number(left?.count)).toBe(4 * Number(left?.minutes));
  });

  it('is one statement for a page of endpoints', async () => {
    const subjects = Array.from({ length: 50 }, () => ({ endpointId: newId('endpoint') }));
    const range = statsRange(new Date(Date.now() - 86_400_000), undefined, new Date());
    const statements = await ground.statementsOf(() => ground.queries.totals(acme, subjects, range));
    expect(statements).toHaveLength(1);
  });
});
