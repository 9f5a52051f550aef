import { randomUUID } from 'node:crypto';
import { isDue } from '../../../src/domain/delivery/delivery-status';
import { encodeId } from '../../../src/domain/ids';
import { resentDue } from '../../../src/record/move-by-hand';
import { makeReplayRunner, type ReplayDeps } from '../../../src/replay/run-replays';
import type { Database } from '../../../src/store/database';
import { makeDeliveryStore } from '../../../src/store/deliveries/delivery-store';
import { makeReplayBatches } from '../../../src/store/replays/replay-batches';
import { makeReplayStore } from '../../../src/store/replays/replay-store';
import { Died, type DeathPoint, type House } from './house';

/** Most that one step moves: several steps make a replay, and others come in between. */
const BATCH = 2;
const WAITS_MS = 600_000;

export type Replays = ReturnType<typeof makeReplays>;

/** Replays of the tenant and whoever runs them, with the real code and store. */
export function makeReplays(database: Database, house: House) {
  const { config, endpoints, subscriptions } = house;
  const { tenantId, slug } = config;
  const store = makeReplayStore(database);
  const batches = makeReplayBatches(database);
  const deliveries = makeDeliveryStore(database);
  let dieAt: DeathPoint | undefined;
  let { owner, runner } = hire();

  function hire() {
    const owner = randomUUID();
    return {
      owner,
      runner: makeReplayRunner(depsOf(owner), { maxWaiting: Infinity, failAfterMs: Infinity }),
    };
  }

  const request = (owner: string) => {
    const at = new Date();
    return { owner, at, dueBy: new Date(at.getTime() + WAITS_MS) };
  };

  function depsOf(owner: string): ReplayDeps {
    return {
      claim: () => store.claim(owner, 0),
      readyCount: () => Promise.resolve(0),
      findConfig: () =>
        Promise.resolve({
          slug,
          endpoints,
          subscriptions: new Map(subscriptions.map((one) => [one.id, one])),
          subscribersOf: () => [],
          targetsOf: () => Promise.resolve([]),
        }),
      async restartNext(job, isAlive) {
        const step = await batches.restartNext({ ...request(owner), job, limit: BATCH, isAlive });
        if (dieAt === 'written') throw new Died();
        return step;
      },
      readEvents: () => Promise.reject(new Error('no backfill was asked for')),
      fillNext: () => Promise.reject(new Error('no backfill was asked for')),
      endPhase: (job) => batches.endPhase(job, owner, new Date()),
      fail: (_job, error) => Promise.reject(new Error(error)),
      dueMessages: async (ids) =>
        (await deliveries.materialOf(ids))
          .filter(({ delivery }) => isDue(delivery.status))
          .map((material) => resentDue(material, new Date())),
      sendReplayed: (due) =>
        house.sendDue(due).then(() => (dieAt === 'sent' ? Promise.reject(new Died()) : undefined)),
      announce: () => undefined,
      nudgeGate: () => undefined,
      persistently: (_what, work) => work(0),
      observe(report) {
        if (report.kind === 'stumbled' && !(report.error instanceof Died)) throw report.error;
      },
    };
  }

  return {
    /** Of these deliveries, or of all that an endpoint has and that have ended. */
    begin: (selection: { deliveryIds: string[] } | { endpointId: string }): Promise<unknown> =>
      store.create(
        { tenantId, selection, backfills: false, onlyMissing: false, total: 1, requestedBy: null },
        new Date(),
      ),

    /** One step of whoever runs them, who may die in it; then somebody else goes on. */
    async goOn(deathAt?: DeathPoint): Promise<void> {
      dieAt = deathAt;
      await runner.replayNext();
      dieAt = undefined;
      if (deathAt === undefined) return;
      // As once its lease is over.
      await store.release(owner);
      ({ owner, runner } = hire());
    },

    async running(): Promise<string[]> {
      const rows = await database.rows<{ id: Buffer }>(`select id from replays where status = 'RUNNING'`);
      return rows.map(({ id }) => encodeId('replay', id));
    },
  };
}
