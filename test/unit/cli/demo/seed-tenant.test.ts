import { GraphqlRefusal, type GraphqlCaller, type Operation } from '../../../../src/cli/call-graphql';
import {
  ensureEndpoints,
  isKeyGood,
  makeTenantKey,
  type DemoEndpoint,
} from '../../../../src/cli/demo/seed-tenant';

/** An API that answers by what an operation mentions, and keeps what was asked. */
function makeCaller(answers: Record<string, (input: unknown) => unknown>): {
  caller: GraphqlCaller;
  asked: Operation[];
} {
  const asked: Operation[] = [];
  const caller: GraphqlCaller = {
    call: <T>(operation: Operation) => {
      asked.push(operation);
      const name = Object.keys(answers).find((word) => operation.query.includes(word));
      if (name === undefined) throw new Error(`not expected: ${operation.query}`);
      return Promise.resolve(answers[name]?.(operation.variables?.input) as T);
    },
  };
  return { caller, asked };
}

const hookUrl = (name: string): string => `http://127.0.0.1:4711/hook/${name}`;
const there = (name: string, url = hookUrl(name)): DemoEndpoint => ({
  id: `ep_${name}`,
  name,
  url,
  secret: 'whsec_',
});
const changed = (input: unknown): unknown => ({ done: { endpoint: input, userErrors: [] } });

function makeEndpoints(nodes: DemoEndpoint[]): ReturnType<typeof makeCaller> {
  return makeCaller({
    endpointCreate: changed,
    endpointUpdate: changed,
    'endpoints(first': () => ({ endpoints: { nodes } }),
  });
}

describe('the endpoints of the demo', () => {
  test('are made with their subscriptions and schedules when they are not there', async () => {
    const { caller, asked } = makeEndpoints([]);
    await ensureEndpoints(caller, { hookUrl, mayCreate: true });
    expect(asked.slice(1).map(({ variables }) => variables?.input)).toEqual([
      { name: 'reliable', url: hookUrl('reliable'), eventTypes: ['github.#'] },
      { name: 'flaky', url: hookUrl('flaky'), eventTypes: ['github.issues.*'], retrySchedule: [1, 2, 3] },
      { name: 'broken', url: hookUrl('broken'), eventTypes: ['github.star.*'], retrySchedule: [1] },
    ]);
  });

  test('are left alone when they are there and point to the inspector', async () => {
    const all = [there('reliable'), there('flaky'), there('broken')];
    const { caller, asked } = makeEndpoints(all);
    expect(await ensureEndpoints(caller, { hookUrl, mayCreate: true })).toEqual(all);
    expect(asked).toHaveLength(1);
  });

  test('follow the inspector to another port, and those that somebody deleted stay away', async () => {
    const { caller, asked } = makeEndpoints([
      there('flaky', 'http://127.0.0.1:1/hook/flaky'),
      there('mine', 'http://127.0.0.1:2'),
    ]);
    await ensureEndpoints(caller, { hookUrl, mayCreate: false });
    expect(asked.slice(1).map(({ variables }) => variables?.input)).toEqual([
      { id: 'ep_flaky', url: hookUrl('flaky') },
    ]);
  });

  test('that are refused say why', async () => {
    const refused = {
      done: { endpoint: null, userErrors: [{ message: 'not there' }, { message: 'not then' }] },
    };
    const { caller } = makeCaller({
      endpointCreate: () => refused,
      endpoints: () => ({ endpoints: { nodes: [] } }),
    });
    await expect(ensureEndpoints(caller, { hookUrl, mayCreate: true })).rejects.toThrow(
      'not there; not then',
    );
  });
});

describe('the key of the demo', () => {
  const keyMade = (): unknown => ({ apiKeyCreate: { plainKey: 'wrn_new', userErrors: [] } });

  test('is made for the tenant that is there already', async () => {
    const { caller, asked } = makeCaller({
      apiKeyCreate: keyMade,
      'tenant(slug': () => ({ tenant: { id: 'ten_1' } }),
    });
    expect(await makeTenantKey(caller)).toBe('wrn_new');
    expect(asked.at(-1)?.variables?.input).toMatchObject({ tenantId: 'ten_1', name: 'demo' });
  });

  test('is made for a new tenant when there is none', async () => {
    const { caller, asked } = makeCaller({
      apiKeyCreate: keyMade,
      tenantCreate: () => ({ tenantCreate: { tenant: { id: 'ten_2' }, userErrors: [] } }),
      'tenant(slug': () => ({ tenant: null }),
    });
    await makeTenantKey(caller);
    expect(asked[1]?.variables?.input).toEqual({ slug: 'demo', name: 'Demo Company' });
    expect(asked[2]?.variables?.input).toMatchObject({ tenantId: 'ten_2' });
  });

  const refusing = (code: string): GraphqlCaller => ({
    call: () => Promise.reject(new GraphqlRefusal('no', code)),
  });

  test('is good when it is of the tenant demo, and of no other', async () => {
    const viewer = (slug: string): GraphqlCaller =>
      makeCaller({ viewer: () => ({ viewer: { tenant: { slug } } }) }).caller;
    expect(await isKeyGood(viewer('demo'))).toBe(true);
    expect(await isKeyGood(viewer('acme'))).toBe(false);
  });

  test('is not good any more when the API does not know it; any other trouble is trouble', async () => {
    expect(await isKeyGood(refusing('UNAUTHENTICATED'))).toBe(false);
    await expect(isKeyGood(refusing('RATE_LIMITED'))).rejects.toThrow('no');
  });
});
