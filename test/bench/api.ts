import { fork } from 'node:child_process';
import { join } from 'node:path';
import { idBytes } from '../../src/domain/ids';
import type { Kind, Target } from './api-load';
import { startListsStand } from './lists/lists-stand';
import { besideServers, rateRatio, spent, summaryOf, type Round } from './measure';
import { machineLoad } from './neighbours/work';
import { answer, round, startPublisher, type Bench } from './setting';
import { sized } from './size';

const ROUNDS = sized(5, 1);
const DELIVERIES = 10_000;
const CONCURRENCY: Record<Kind, number> = { publishMutation: 32, rawPublish: 32, nestedQuery: 8, rawSql: 8 };
const COUNTS: Record<Kind, number> = {
  publishMutation: sized(3000, 200),
  rawPublish: sized(10_000, 200),
  nestedQuery: sized(300, 20),
  rawSql: sized(600, 20),
};
const KINDS = Object.keys(COUNTS) as Kind[];

/**
 * Mutations that publish one event each, beside confirmed publishes of the same; and 50 deliveries with what belongs to
 * them, beside the same reads in SQL. In turns. The process is the API alone: nothing routes what is published.
 */
export const api: Bench = async (ground) => {
  const settings = { WARREN_ROLES: 'api', WARREN_RATE_LIMIT_PER_SECOND: '0' };
  const stand = await startListsStand(ground, DELIVERIES, settings);
  const { subject, filled } = stand;
  const publisher = await startPublisher(ground.amqpUrl);
  const databaseUrl = new URL(ground.databaseUrl);
  databaseUrl.pathname = `/${subject.namespace}`;
  const target: Target = {
    ...{ graphqlUrl: `${subject.url}/graphql`, headers: subject.watchParams },
    ...{
      amqpUrl: ground.amqpUrl,
      exchange: `${subject.namespace}.events`,
      databaseUrl: databaseUrl.toString(),
    },
    tenantHex: idBytes('tenant', filled.tenantId).toString('hex'),
  };
  const load = fork(join(__dirname, 'api-load.js'), [JSON.stringify(target)]);
  await answer(load);
  const cpu = besideServers(async () => (await subject.usage()).cpuMicros);

  async function run(kind: Kind, count: number): Promise<Round> {
    const before = await cpu();
    load.send({ kind, count, concurrency: CONCURRENCY[kind] });
    const { ms, loadMicros } = await answer<{ ms: number; loadMicros: number }>(load);
    const micros = { ...spent(before, await cpu(), count), load: loadMicros };
    await publisher.channel.purgeQueue(`${subject.namespace}.route`);
    return { perSecond: (count / ms) * 1000, micros };
  }

  const rounds: Record<Kind, Round[]> = { publishMutation: [], rawPublish: [], nestedQuery: [], rawSql: [] };
  ground.report('warm-up');
  for (const kind of KINDS) await run(kind, Math.ceil(COUNTS[kind] / 3));
  for (let turn = 1; turn <= ROUNDS; turn++) {
    for (const kind of KINDS) rounds[kind].push(await run(kind, COUNTS[kind]));
    ground.report(
      `  round ${turn}: ${KINDS.map((kind) => `${kind} ${round(rounds[kind].at(-1)?.perSecond ?? 0)}/s`).join(', ')}`,
    );
  }
  load.disconnect();
  await publisher.close();
  await stand.stop();
  const summaries = KINDS.map((kind) => {
    const { perSecond, cpuMicrosPerDelivery: cpuMicrosEach } = summaryOf(rounds[kind]);
    return [kind, { concurrency: CONCURRENCY[kind], perSecond, cpuMicrosEach }];
  });
  return {
    ...{ rounds: ROUNDS, ...(Object.fromEntries(summaries) as object) },
    publishRatio: rateRatio(rounds.publishMutation, rounds.rawPublish),
    queryRatio: rateRatio(rounds.nestedQuery, rounds.rawSql),
    load: machineLoad(),
  };
};
