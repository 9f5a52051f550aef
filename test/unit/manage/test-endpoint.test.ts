import { newId } from '../../../src/domain/ids';
import { LIMITS } from '../../../src/domain/limits';
import type { Attempt } from '../../../src/domain/delivery/outcome';
import { makeTestEndpoint, type EndpointTestNeeds } from '../../../src/manage/test-endpoint';

const ATTEMPT: Attempt = { number: 1, at: new Date(), durationMs: 1, requestHeaders: {}, requestBody: null };

it('has so many requests of a tenant under way at once, and not one that is over', async () => {
  const [tenantId, other] = [newId('tenant'), newId('tenant')];
  const tenantOf = new Map([tenantId, other].map((tenant) => [newId('endpoint'), tenant]));
  const [id = '', otherId = ''] = tenantOf.keys();
  const answers: ((attempt: Attempt) => void)[] = [];
  const settingsOf = (_: unknown, asked: string) =>
    Promise.resolve({ id: asked, tenantId: tenantOf.get(asked), secrets: [], payloadFormat: 'STANDARD' });
  const test = makeTestEndpoint({
    endpoints: { settingsOf },
    tenants: { find: (_: unknown, found: string) => Promise.resolve({ id: found, slug: 'acme' }) },
    checkUrl: () => Promise.resolve({ ok: true }),
    sendTest: () => new Promise<Attempt>((resolve) => answers.push(resolve)),
    maxEventBytes: 1000,
  } as unknown as EndpointTestNeeds);
  const start = (endpoint: string) => test(null, { id: endpoint });

  const first = Array.from({ length: LIMITS.testsAtOnce }, () => start(id));
  expect(await start(id)).toMatchObject({ ok: false, userErrors: [{ code: 'LIMIT' }] });
  expect(answers).toHaveLength(LIMITS.testsAtOnce);
  // Another tenant has places of its own.
  first.push(start(otherId));
  await new Promise(setImmediate);
  expect(answers).toHaveLength(LIMITS.testsAtOnce + 1);

  answers[0]?.(ATTEMPT);
  await first[0];
  first.push(start(id));
  await new Promise(setImmediate);
  for (const answer of answers) answer(ATTEMPT);
  expect((await Promise.all(first)).every(({ ok }) => ok)).toBe(true);
});
