import { SCHEMA_BOMBS, WILDCARDS, texts } from '../../support/bombs';
import { saveEventType } from '../../support/event-types';
import { makeGraphqlClient, type GraphqlClient } from '../../support/graphql-client';
import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

/**
 * A tenth of a second is what anybody may be kept waiting by the logic of another tenant. Here it is 4 to 16 ms, and 10 to
 * 28 for the slowest tenth; without rests from what is heavy, and at everybody's priority, 32 to 41 and 41 to 87.
 */
const MEDIAN_LIMIT_MS = 25;
const SLOWEST_TENTH_LIMIT_MS = 40;
/** A machine that is busy with something else, or memory that is tidied up, spoils a round, and not all of them. */
const ROUNDS = 10;
const FILTERS = 4;
const TEXTS = texts(10_000).data;
/** Runs until it is stopped. */
const ENDLESS = '($f := function($x){ $f($x + 1) }; $f(1))';
/** Each item is looked at in 165 ways. */
const SLOW_TO_CHECK = {
  properties: { l: { items: SCHEMA_BOMBS['many alternatives'] }, n: true },
};

let warren: WarrenUnderTest;
let receiver: Receiver;
let bomber: TenantUnderTest;
let bombersKeeper: GraphqlClient;
let other: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  bomber = await warren.tenant('bomber', graphqlUrl);
  bombersKeeper = makeGraphqlClient(graphqlUrl, warren.operatorKey, { 'warren-tenant': 'bomber' });
  other = await warren.tenant('other', graphqlUrl);
  await other.endpoint({ url: receiver.url('/other'), eventTypes: ['fine'] });
  await bomber.endpoint({ url: receiver.url('/matched'), eventTypes: ['bomb.filter'] });
  const { id: endpointId } = await bomber.endpoint({ url: receiver.url('/never') });
  for (let n = 0; n < FILTERS; n++)
    await subscribe({ endpointId, eventTypes: ['bomb.filter'], filter: WILDCARDS });
  await subscribe({ endpointId, eventTypes: ['bomb.transform'], transform: ENDLESS });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

async function subscribe(input: object): Promise<void> {
  const { made } = await bomber.client.ask<{ made: { userErrors: unknown[] } }>(
    'mutation ($input: WebhookSubscriptionInput!) { made: webhookSubscriptionCreate(input: $input) { userErrors { message } } }',
    { input },
  );
  expect(made.userErrors).toEqual([]);
}

/** How long events of the other tenant take, one after another, from being published to being received. */
async function latencies(isEnough: (count: number) => boolean): Promise<number[]> {
  const taken: number[] = [];
  while (!isEnough(taken.length)) {
    const before = receiver.at('/other').length;
    const startMs = performance.now();
    await other.publish({ type: 'fine', data: {} });
    await waitUntil(() => receiver.at('/other').length > before, 30_000);
    taken.push(performance.now() - startMs);
  }
  return taken;
}

/** All that one tenant may write, as bad as it is taken: a new schema each time, so that it is compiled as well. */
async function throwBombs(round: number): Promise<void> {
  await saveEventType(bombersKeeper, { name: 'bomb.schema', version: round, schema: SLOW_TO_CHECK });
  await warren.publish('bomber', 'bomb.schema', TEXTS);
  await warren.publish('bomber', 'bomb.filter', { ...TEXTS, round });
  for (let n = 0; n < 5; n++) await warren.publish('bomber', 'bomb.transform', { n });
}

/** What this share of them took at most. */
const quantile = (taken: readonly number[], share: number): number =>
  [...taken].sort((a, b) => a - b)[Math.floor(taken.length * share)] ?? Number.POSITIVE_INFINITY;

interface Delay {
  medianMs: number;
  slowestTenthMs: number;
}

/** How much later events of the other tenant come than when it has the house to itself. */
async function delayOf(round: number): Promise<Delay> {
  const alone = await latencies((count) => count === 20);
  const bombs = throwBombs(round);
  const isOver = (): boolean => receiver.at('/matched').length === round;
  // No longer than that: what comes after the bombs would hide what came beside them.
  const beside = await latencies(isOver);
  await bombs;
  expect(beside.length).toBeGreaterThan(9);
  const later = (share: number): number => quantile(beside, share) - quantile(alone, share);
  return { medianMs: later(0.5), slowestTenthMs: later(0.9) };
}

const isWithinLimit = ({ medianMs, slowestTenthMs }: Delay): boolean =>
  medianMs < MEDIAN_LIMIT_MS && slowestTenthMs < SLOWEST_TENTH_LIMIT_MS;

it('the logic of one tenant hardly delays nine of ten events of another', async () => {
  await latencies((count) => count === 20);
  const delays: Delay[] = [];
  do delays.push(await delayOf(delays.length + 1));
  while (!delays.some(isWithinLimit) && delays.length < ROUNDS);
  expect(delays.filter(isWithinLimit)).not.toEqual([]);
  // The bombs went off: none was refused before it was looked at.
  expect(warren.logLines.some((line) => line.includes('"SCHEMA_MISMATCH"'))).toBe(true);
  await waitUntil(async () => (await bomber.deliveries({ types: ['bomb.transform'] })).length > 0);
}, 240_000);
