import { randomBytes } from 'node:crypto';
import { statusOfCode } from '../../../src/domain/delivery/delivery-status';
import { encodeId, idBytes, idFloor, newId } from '../../../src/domain/ids';
import type { Attempt, Verdict } from '../../../src/domain/delivery/outcome';
import type { OutcomeToRecord } from '../../../src/domain/delivery/recorded-outcome';
import type { RoutedDelivery } from '../../../src/domain/routing/routed-event';
import { statsRange } from '../../../src/domain/stats/stats-range';
import { emptyTally, type StatsSubject, type Tally } from '../../../src/domain/stats/tally';
import { makeDatabase, type Database } from '../../../src/store/database';
import { makeDeliveryStore, type DeliveryStore } from '../../../src/store/deliveries/delivery-store';
import { makeRecordStore, type RecordStore } from '../../../src/store/deliveries/record-store';
import { makeRoutingStore } from '../../../src/store/events/routing-store';
import { makeStatsFolder } from '../../../src/store/stats/stats-folder';
import { makeStatsQueries, type StatsQueries } from '../../../src/store/stats/stats-queries';
import { collectStatements } from '../collect-statements';
import { makeTestDatabase, type TestDatabase } from '../test-database';

const HOUR_MS = 3_600_000;

/** The stores that write deliveries and their statistics, over a database of their own unless one is given. */
export interface StatsGround {
  database: TestDatabase;
  tables: Database;
  deliveries: DeliveryStore;
  recorder: RecordStore;
  queries: StatsQueries;
  /** Routes one event to these endpoints, received then. */
  route(
    tenantId: string,
    endpointIds: readonly string[],
    settings?: { at?: Date; status?: 'PENDING' | 'HELD' },
  ): Promise<RoutedDelivery[]>;
  /** The next outcome of a delivery as it stands. */
  outcome(
    tenantId: string,
    id: string,
    verdict: Verdict,
    attempt?: Partial<Attempt>,
  ): Promise<OutcomeToRecord>;
  fold(now?: Date): Promise<number>;
  /** Statistics of the last so many hours. */
  stats(subject: StatsSubject, hours?: number, scope?: string | null): Promise<Tally>;
  /** The statements that the database gets while `work` runs, those that begin and end transactions apart. */
  statementsOf(work: () => Promise<unknown>): Promise<string[]>;
}

export async function makeStatsGround(given?: TestDatabase): Promise<StatsGround> {
  const database = given ?? (await makeTestDatabase());
  const tables = makeDatabase(database.dataSource);
  const deliveries = makeDeliveryStore(tables);
  const routing = makeRoutingStore(tables);
  const queries = makeStatsQueries(tables);
  return {
    database,
    tables,
    deliveries,
    recorder: makeRecordStore(tables),
    queries,
    async route(tenantId, endpointIds, { at = new Date(), status = 'PENDING' } = {}) {
      const event = {
        id: encodeId('event', Buffer.concat([idFloor(at.getTime()).subarray(0, 6), randomBytes(10)])),
        ...{ tenantId, type: 'order.placed', version: 1, data: Buffer.from('{}') },
        ...{ occurredAt: at, receivedAt: at },
      };
      const targets = endpointIds.map((endpointId) => ({
        ...{ endpointId, subscriptionId: newId('subscription'), status },
        ...(status === 'HELD' ? { heldBecause: 'PAUSED' as const } : {}),
      }));
      const entry = {
        event,
        targets,
        configVersion: 1,
        lackedScope: null,
        suspect: false,
        redelivered: false,
      };
      const [routed] = await routing.routeEvents([entry], new Date());
      if (routed?.kind !== 'fresh') throw new Error('the event was not routed');
      return routed.deliveries;
    },
    async outcome(tenantId, deliveryId, verdict, attempt) {
      const state = (await deliveries.statesOf([deliveryId])).get(deliveryId);
      if (!state) throw new Error(`no delivery ${deliveryId}`);
      const number = state.attemptCount + 1;
      return {
        ...{ deliveryId, tenantId, number, generation: state.generation, verdict },
        ...(attempt ? { attempt: makeAttempt(number, attempt) } : {}),
        ...(verdict.kind === 'retry' ? { nextAttemptAt: new Date(Date.now() + 1000) } : {}),
      };
    },
    fold: (now = new Date()) => makeStatsFolder(tables).foldStats(now, 100),
    async stats(subject, hours = 24, scope = null) {
      const now = new Date();
      const range = statsRange(new Date(now.getTime() - hours * HOUR_MS), undefined, now);
      const [tally = emptyTally()] = await queries.totals(scope, [subject], range);
      return tally;
    },
    statementsOf: (work) => collectStatements(work),
  };
}

function makeAttempt(number: number, changes: Partial<Attempt>): Attempt {
  const response = { status: changes.error ? 500 : 200, headers: {}, body: Buffer.from('') };
  return {
    number,
    at: new Date(),
    durationMs: 5,
    requestHeaders: {},
    requestBody: null,
    response,
    ...changes,
  };
}

/** The same by counting rows. Latencies apart. */
export async function countRows(
  { tables }: StatsGround,
  column: 'endpoint_id' | 'tenant_id',
  id: string,
): Promise<Omit<Tally, 'latencies'>> {
  const { byStatus } = emptyTally();
  const bytes = idBytes(column === 'endpoint_id' ? 'endpoint' : 'tenant', id);
  const rows = await tables.rows<{ status: number; count: string }>(
    `select status, count(*) as count from deliveries where ${column} = ? group by status`,
    [bytes],
  );
  for (const { status, count } of rows) byStatus[statusOfCode(status)] = Number(count);
  const [attempts] = await tables.rows<{ attempts: string; failed: string | null }>(
    `select count(*) as attempts, sum(not a.ok) as failed from delivery_attempts a
     join deliveries d on d.id = a.delivery_id where d.${column} = ?`,
    [bytes],
  );
  return { byStatus, attempts: Number(attempts?.attempts), failed: Number(attempts?.failed ?? 0) };
}
