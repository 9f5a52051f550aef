import { makeGraphqlClient, makeSocketClient } from '../../support/graphql-client';
import { byKey, gatherUpdates } from '../../support/delivery-updates';
import { WRONG_CREDENTIALS } from '../../../src/api/authenticate';
import {
  OPERATOR_KEY,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { waitUntil } from '../../support/wait-until';

const VIEWER = '{ viewer { isOperator } }';
let server: ApiServer;
let acme: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  server = await startApiServer({}, {}, { rateLimitPerSecond: 5, trustedProxies: ['127.0.0.0/8'] });
  acme = await makeTenant(server, 'acme');
  other = await makeTenant(server, 'other');
});
afterAll(() => server.close());

const post = (key: string, headers: Record<string, string> = {}) =>
  fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ query: VIEWER }),
  });

const codeOf = async (response: Response): Promise<string | undefined> =>
  ((await response.json()) as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code;

/** Calls until one is refused. */
async function untilRefused(
  call: () => Promise<Response>,
  most: number,
): Promise<{ calls: number; refused: Response }> {
  for (let calls = 1; calls <= most; calls++) {
    const response = await call();
    if (response.status === 429) return { calls, refused: response };
  }
  throw new Error('none was refused');
}

describe('a key that calls too often', () => {
  it('is told RATE_LIMITED with the pause to make, in the answer and as Retry-After; others are not', async () => {
    const { calls, refused } = await untilRefused(() => post(acme.key), 200);
    expect(calls).toBeGreaterThan(10);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toEqual({
      errors: [
        {
          message: 'This key may run 5 operations a second; try again in 1 s.',
          extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 },
        },
      ],
    });
    expect((await post(other.key)).status).toBe(200);
    await waitUntil(async () => (await post(acme.key)).status === 200, 3000);
  });

  it('is told so over WebSocket too, where the socket stays open', async () => {
    const client = makeSocketClient(server.url, byKey(other.key));
    let closed = false;
    client.on('closed', () => (closed = true));
    const run = () =>
      new Promise<string>((resolve) => {
        client.subscribe(
          { query: VIEWER },
          {
            next: () => resolve('done'),
            error: (errors) =>
              resolve((errors as { extensions: { code: string } }[])[0]?.extensions.code ?? 'closed'),
            complete: () => undefined,
          },
        );
      });
    const keepAlive = client.subscribe(
      { query: VIEWER },
      { next: () => undefined, error: () => undefined, complete: () => undefined },
    );
    const results = await Promise.all(Array.from({ length: 30 }, run));
    expect(results).toContain('done');
    expect(results).toContain('RATE_LIMITED');
    expect(closed).toBe(false);
    keepAlive();
    await client.dispose();
  });
});

describe('an address with too many wrong credentials', () => {
  const away = { 'x-forwarded-for': '203.0.113.7' };

  it('is not listened to for a while, apart from keys that were right before', async () => {
    const known = await makeTenant(server, 'known');
    await waitUntil(async () => (await codeOf(await post(known.key, away))) === undefined);
    let count = 0;
    const guess = () => post(`wrn_guess-${count++}`, away);
    const { calls, refused } = await untilRefused(guess, WRONG_CREDENTIALS.burst * 5);
    expect(calls).toBeGreaterThan(WRONG_CREDENTIALS.burst);
    expect(await codeOf(refused)).toBe('RATE_LIMITED');
    expect((await post(known.key, away)).status).toBe(200);
  });

  it('is closed with 4429 over WebSocket', async () => {
    const closings: (number | undefined)[] = [];
    const guess = async (count: number) => {
      const stream = gatherUpdates(server.url, byKey(`wrn_socket-${count}`));
      await waitUntil(() => stream.closeCode() !== undefined);
      closings.push(stream.closeCode());
    };
    for (let count = 0; count < 40 && !closings.includes(4429); count++)
      await Promise.all(Array.from({ length: 10 }, (_, i) => guess(count * 10 + i)));
    expect(new Set(closings)).toEqual(new Set([4403, 4429]));
  });

  it('does not matter to who calls without any', async () => {
    expect(await makeGraphqlClient(server.url).ask('{ __typename }')).toEqual({ __typename: 'Query' });
    expect(await codeOf(await post(OPERATOR_KEY))).toBeUndefined();
  });
});
