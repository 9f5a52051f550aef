import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import { WILDCARDS, texts } from '../../support/bombs';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

/** All of it in one process: whoever keeps that busy keeps everybody waiting. */
let warren: WarrenUnderTest;
let receiver: Receiver;
let bomber: TenantUnderTest;
let other: TenantUnderTest;
let bombed: { id: string };

const FILTERS = 6;
const BOMB = texts(20_000).data;
/** Some tenths of a second without the bomb, on a busy machine; in one piece the bomb takes more than this. */
const OTHERS_WAIT_MS = 4000;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  bomber = await warren.tenant('bomber', graphqlUrl);
  other = await warren.tenant('other', graphqlUrl);
  await other.endpoint({ url: receiver.url('/other'), eventTypes: ['fine'] });
  await bomber.endpoint({ url: receiver.url('/all'), eventTypes: ['bomb'] });
  bombed = await bomber.endpoint({ url: receiver.url('/filtered') });
  for (let n = 0; n < FILTERS; n++) {
    const { made } = await bomber.client.ask<{ made: { userErrors: unknown[] } }>(
      'mutation ($input: WebhookSubscriptionInput!) { made: webhookSubscriptionCreate(input: $input) { userErrors { message } } }',
      { input: { endpointId: bombed.id, eventTypes: ['bomb'], filter: WILDCARDS } },
    );
    expect(made.userErrors).toEqual([]);
  }
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

/** How long the slowest of some events of the other tenant took from being published to being received. */
async function slowestOfOthers(isOver: () => boolean): Promise<{ ms: number; count: number }> {
  let ms = 0;
  let count = 0;
  for (; count < 20 && !isOver(); count++) {
    const before = receiver.at('/other').length;
    const startMs = performance.now();
    await other.publish({ type: 'fine', data: { count } });
    await waitUntil(() => receiver.at('/other').length > before, 30_000);
    ms = Math.max(ms, performance.now() - startMs);
  }
  return { ms, count };
}

it('filters that take seconds on an event delay nobody else, and lose nothing', async () => {
  await slowestOfOthers(() => false);
  await bomber.publish({ type: 'bomb', data: BOMB });
  const isOver = (): boolean => receiver.at('/all').length > 0;
  const { ms, count } = await slowestOfOthers(isOver);
  expect(count).toBeGreaterThan(2);
  expect(ms).toBeLessThan(OTHERS_WAIT_MS);
  // It matched no filter, and goes where there is none.
  await waitUntil(isOver, 120_000);
  await bomber.publish({ type: 'bomb', data: { l: ['a1bc'] } });
  await waitUntil(() => receiver.at('/filtered').length === FILTERS, 30_000);
  expect(receiver.at('/all')).toHaveLength(2);
}, 240_000);

it('a preview of such a filter ends soon and says so, and others are answered meanwhile', async () => {
  const previewed = jest.fn();
  const previewing = bomber.client
    .ask<{ seen: { requests: { matched: boolean; reason: string }[] } }>(
      `query ($input: WebhookSubscriptionInput!, $sample: JSON) {
         seen: webhookSubscriptionPreview(input: $input, sample: $sample) { requests { matched reason } } }`,
      {
        input: { endpointId: bombed.id, eventTypes: ['bomb'], filter: WILDCARDS },
        sample: { type: 'bomb', data: BOMB },
      },
    )
    .finally(previewed);
  let slowestMs = 0;
  while (previewed.mock.calls.length === 0) {
    const startMs = performance.now();
    await other.deliveries();
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
  }
  expect(slowestMs).toBeLessThan(OTHERS_WAIT_MS);
  const { requests } = (await previewing).seen;
  expect(requests).toEqual([
    { matched: false, reason: expect.stringContaining('takes longer than an answer may') as string },
  ]);
}, 60_000);
