import fc from 'fast-check';
import type { PassingReason } from '../../../src/domain/delivery/hold-reason';
import { encodeId, idBytes } from '../../../src/domain/ids';
import { makeDatabase, type Database } from '../../../src/store/database';
import { makeTestDatabase } from '../../support/test-database';
import { TYPES } from './ground';
import { openHouse, type DeathPoint } from './house';
import * as moves from './moves';
import type { World } from './moves';
import { Reference, type Reply } from './reference';
import { makeReplays } from './replays';
import { makeSteps } from './steps';

/** One thing that happens, and when it can. */
class Move implements fc.AsyncCommand<object, World> {
  constructor(
    private readonly name: string,
    readonly run: (model: object, world: World) => Promise<void>,
  ) {}
  check = (): boolean => true;
  toString = (): string => this.name;
}

const move = <T extends unknown[]>(
  run: (world: World, ...how: T) => Promise<void>,
  ...how: { [K in keyof T]: fc.Arbitrary<T[K]> }
): fc.Arbitrary<Move> =>
  fc
    .tuple<unknown[]>(...how)
    .map(
      (drawn) =>
        new Move(`${run.name}(${drawn.map(String).join(', ')})`, (_, world) => run(world, ...(drawn as T))),
    );

const pick = fc.nat({ max: 20 });
const endpoint = fc.nat({ max: 1 });
const seldom = fc.oneof(
  { arbitrary: fc.constant(false), weight: 4 },
  { arbitrary: fc.constant(true), weight: 1 },
);
const mostly = seldom.map((is) => !is);
const deathAt = (...points: DeathPoint[]): fc.Arbitrary<DeathPoint | undefined> =>
  fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 3 },
    { arbitrary: fc.constantFrom(...points), weight: 1 },
  );
const reply = fc.oneof(
  { arbitrary: fc.constant<Reply>('ok'), weight: 3 },
  { arbitrary: fc.constant<Reply>('fails'), weight: 3 },
  { arbitrary: fc.constant<Reply>('asks for time'), weight: 1 },
);
const says = fc.constantFrom<(PassingReason | undefined)[]>(undefined, 'CIRCUIT', 'RETRY_AFTER', 'OVERFLOW');

/** What comes often is there more than once. None of it loses a message for good. */
const SAFE = [
  ...[1, 2].map(() => move(moves.publish, fc.constantFrom(...TYPES), fc.constantFrom('a', 'b'))),
  ...[1, 2].map(() => move(moves.routeNext, fc.boolean(), deathAt('written', 'sent'))),
  ...[1, 2].map(() => move(moves.attemptFirst, reply, deathAt('posted', 'written', 'sent'))),
  ...[1, 2, 3].map(() => move(moves.begin, pick, mostly, deathAt('written', 'sent'))),
  ...[1, 2, 3].map(() => move(moves.finish, pick, reply, deathAt('posted', 'written', 'sent'))),
  ...[1, 2].map(() => move(moves.gateLooks, endpoint, fc.integer({ min: 1, max: 4 }))),
  move(moves.rungsEnd),
  move(moves.retry, pick, fc.constant(true)),
  move(moves.cancel, pick),
  move(moves.pause, endpoint),
  move(moves.resume, endpoint, seldom),
  move(moves.gateSays, endpoint, says),
  move(moves.rotate, endpoint),
  move(moves.ownerDies, endpoint),
  move(moves.lookForLost, endpoint),
  move(moves.sweep),
  move(moves.replay, pick, fc.boolean()),
  ...[1, 2].map(() => move(moves.replayGoesOn, deathAt('written', 'sent'))),
];
/** With these only the sweep finds what is missing, so that most sequences go without. */
const LOSING = [...SAFE, move(moves.wipe), move(moves.retry, pick, fc.constant(false))];

export interface ModelCheck {
  databaseUrl?: string;
  /** For so long, or so many sequences. */
  timeMs: number;
  runs?: number;
  /** Most in one sequence. */
  moves: number;
  /** One that failed, to see it again. */
  seed?: number;
}

/** Random sequences of moves until one shows a fault, which is then made as short as can be. @returns how many were tried */
export async function checkModel({
  databaseUrl,
  timeMs,
  runs,
  moves: most,
  seed,
}: ModelCheck): Promise<number> {
  const test = await makeTestDatabase(databaseUrl);
  const database = makeDatabase(test.dataSource);
  let tried = 0;
  const property = fc.asyncProperty(
    fc.oneof(
      { arbitrary: fc.commands(SAFE, { maxCommands: most, size: 'max' }), weight: 3 },
      { arbitrary: fc.commands(LOSING, { maxCommands: most, size: 'max' }), weight: 1 },
    ),
    async (sequence) => {
      tried++;
      const world = await makeWorld(database);
      await fc.asyncModelRun(() => ({ model: {}, real: world }), sequence);
      await settle(world);
      await compareRows(world, database);
    },
  );
  try {
    await fc.assert(property, {
      numRuns: runs ?? Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: timeMs,
      ...(seed === undefined ? {} : { seed }),
    });
    return tried;
  } finally {
    await test.drop();
  }
}

async function makeWorld(database: Database): Promise<World> {
  const house = await openHouse(database);
  const steps = makeSteps(database, house);
  return {
    house,
    steps,
    replays: makeReplays(database, house),
    reference: new Reference(house, database),
    needsSweep: false,
    published: 0,
    answered: 0,
    routed: new Map(),
  };
}

const ENOUGH_ROUNDS = 30;

/** All faults are over: what is unfinished now must come to its end by itself, by the sweep where a message was lost. */
async function settle(world: World): Promise<void> {
  for (let round = 0; round < ENOUGH_ROUNDS; round++) {
    if (await isQuiet(world)) {
      const left = moves.unsettled(world);
      if (left.length === 0) break;
      if (!world.needsSweep) throw new Error(`forgotten: ${left.join(', ')}`);
      await moves.sweep(world);
      for (const at of [0, 1]) await moves.lookForLost(world, at);
    }
  }
  const left = moves.unsettled(world);
  if (left.length > 0) throw new Error(`unfinished for ever: ${left.join(', ')}`);
  for (const at of [0, 1]) await moves.lookForLost(world, at);
}

/** Lets everything go on once. @returns whether there was nothing to do */
async function isQuiet(world: World): Promise<boolean> {
  const { house, steps, replays, reference } = world;
  const before = house.requests.length + reference.changes();
  for (const at of [0, 1]) await moves.resume(world, at, false);
  while (house.underWay.length > 0) await moves.finish(world, 0, 'ok');
  while (steps.route.length > 0) await moves.routeNext(world, false);
  while ((await replays.running()).length > 0) await moves.replayGoesOn(world);
  for (const at of [0, 1]) await moves.gateLooks(world, at, 4);
  await moves.rungsEnd(world);
  while (house.deliver.length > 0) await moves.begin(world, 0, true);
  // What a dead worker recorded may have been sent to the ladder just now, and nothing else have happened.
  const waits = house.underWay.length + house.rungs.length > 0;
  return !waits && house.requests.length + reference.changes() === before;
}

/** In the end the tables say what the reference says, and hold nothing that waits. */
async function compareRows({ house, reference }: World, database: Database): Promise<void> {
  const ids = [...reference.deliveries.keys()];
  const rows = await house.statesOf(ids);
  const attempts = await countAttempts(database, ids);
  for (const { id, status, wasTaken, mayLackCopy } of reference.deliveries.values()) {
    if (rows.get(id)?.status !== status)
      throw new Error(`${id} is ${rows.get(id)?.status ?? 'gone'}, not ${status}`);
    if (status === 'DELIVERED' && !wasTaken) throw new Error(`${id} is DELIVERED and nobody took it`);
    if (status === 'DEAD_LETTERED' && !mayLackCopy && !house.dead.includes(id))
      throw new Error(`${id} is DEAD_LETTERED without a message`);
  }
  for (const id of ids) {
    const [made, recorded] = [reference.onRecord.get(id) ?? 0, attempts.get(id) ?? 0];
    if (recorded !== made) throw new Error(`${id}: ${made} requests, ${recorded} attempts on record`);
  }
  const waiting = await database.rows('select 1 from gate_queue limit 1');
  if (waiting.length > 0) throw new Error('the queue of a gate is not empty');
}

async function countAttempts(database: Database, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await database.rows<{ delivery_id: Buffer; n: string }>(
    'select delivery_id, count(*) as n from delivery_attempts where delivery_id in (?) group by delivery_id',
    [ids.map((id) => idBytes('delivery', id))],
  );
  return new Map(rows.map((row) => [encodeId('delivery', row.delivery_id), Number(row.n)]));
}
