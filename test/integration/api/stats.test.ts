import { newId } from '../../../src/domain/ids';
import { makeGraphqlClient } from '../../support/graphql-client';
import {
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { makeStatsGround, type StatsGround } from '../../support/seed/stats-ground';

let server: ApiServer;
let ground: StatsGround;
let acme: TestTenant;
let theirs: TestTenant;
const endpointIds: string[] = [];
const HOUR_MS = 3_600_000;
const ago = (hours: number): string => new Date(Date.now() - hours * HOUR_MS).toISOString();

interface Stats {
  since: string;
  until: string;
  total: number;
  delivered: number;
  pending: number;
  confirmationRate: number;
  latencyMsP50: number | null;
  series: { at: string; attempts: number; failed: number; latencyMsP50: number | null }[];
}

const COUNTS = 'total delivered retrying deadLettered pending held cancelled';
const RATES = 'confirmationRate failureRate latencyMsP50 latencyMsP95 latencyMsP99';
const STATS = `query ($endpointId: ID, $since: DateTime!, $until: DateTime, $buckets: Int) {
  deliveryStats(endpointId: $endpointId, since: $since, until: $until) {
    since until ${COUNTS} ${RATES} series(buckets: $buckets) { at attempts failed latencyMsP50 latencyMsP99 } } }`;
const ask = async (by: TestTenant, variables: object = {}): Promise<Stats> =>
  (await by.client.ask<{ deliveryStats: Stats }>(STATS, { since: ago(1), ...variables })).deliveryStats;

beforeAll(async () => {
  server = await startApiServer();
  ground = await makeStatsGround(server.database);
  acme = await makeTenant(server, 'acme');
  theirs = await makeTenant(server, 'theirs');
  for (let index = 0; index < 3; index++) {
    const { endpointCreate } = await acme.client.ask<{ endpointCreate: { endpoint: { id: string } } }>(
      'mutation { endpointCreate(input: { url: "https://a.example/in" }) { endpoint { id } userErrors { message } } }',
    );
    endpointIds.push(endpointCreate.endpoint.id);
  }
  const [first = '', second = ''] = endpointIds;
  const deliveries = await ground.route(acme.id, [first, first, first, first, second]);
  const verdicts = [
    [{ kind: 'delivered' }, {}],
    [{ kind: 'delivered' }, {}],
    [{ kind: 'dead', endpointGone: false }, { error: 'HTTP_500' }],
    [{ kind: 'retry', delaySeconds: 1 }, { error: 'TIMEOUT' }],
  ] as const;
  for (const [index, [verdict, attempt]] of verdicts.entries()) {
    const outcome = await ground.outcome(acme.id, deliveries[index]?.id ?? '', verdict, attempt);
    await ground.recorder.recordOutcomes([outcome], new Date());
  }
}, 30_000);
afterAll(() => server.close());

describe('deliveryStats', () => {
  it.each(['before', 'after'])(
    'counts deliveries by status and attempts, %s they were folded',
    async (when) => {
      if (when === 'after') await ground.fold();
      const stats = await ask(acme, { endpointId: endpointIds[0] });
      expect(stats).toMatchObject({
        ...{ total: 4, delivered: 2, retrying: 1, deadLettered: 1, pending: 0, held: 0, cancelled: 0 },
        ...{ confirmationRate: 2 / 3, failureRate: 0.5 },
      });
      expect(stats.latencyMsP50).toBeGreaterThan(0);
    },
  );

  it('without an endpoint is of the whole tenant, and of nobody else', async () => {
    expect(await ask(acme)).toMatchObject({ total: 5, delivered: 2, pending: 1 });
    expect(await ask(theirs)).toMatchObject({
      total: 0,
      confirmationRate: 1,
      failureRate: 0,
      latencyMsP50: null,
    });
  });

  it('is of all tenants for an operator, and of one when they act for it', async () => {
    const { deliveryStats } = await server.operator.ask<{ deliveryStats: Stats }>(STATS, { since: ago(1) });
    expect(deliveryStats.total).toBe(5);
    const key = await makeKey(server.operator, { name: 'operator', scopes: ['deliveries:read'] });
    const asTheirs = makeGraphqlClient(server.url, key.plainKey, { 'warren-tenant': 'theirs' });
    const answer = await asTheirs.ask<{ deliveryStats: Stats }>(STATS, { since: ago(1) });
    expect(answer.deliveryStats.total).toBe(0);
  });

  it.each([
    ['of somebody else', () => endpointIds[0]],
    ['that does not exist', () => newId('endpoint')],
    ['with an id that is none', () => 'nonsense'],
  ])('is zeros for an endpoint %s', async (_which, id) => {
    const nobodys = { since: ago(1), until: ago(-1), endpointId: id() };
    const expected = await ask(theirs, { ...nobodys, endpointId: newId('endpoint') });
    expect(await ask(theirs, nobodys)).toEqual(expected);
    expect(expected).toMatchObject({ total: 0, delivered: 0 });
  });

  it('says which range it counted', async () => {
    const { since, until } = await ask(acme, { since: ago(60), until: ago(50) });
    expect([since.slice(14), until.slice(14)]).toEqual(['00:00.000Z', '00:00.000Z']);
    expect((await ask(acme, { since: '2026-01-01T00:00:30Z' })).until.slice(17)).toBe('00.000Z');
  });

  it('has a series of as many buckets as asked for, which add up', async () => {
    const { series } = await ask(acme, { endpointId: endpointIds[0], buckets: 7 });
    expect(series).toHaveLength(7);
    expect(series.map(({ attempts }) => attempts).reduce((a, b) => a + b)).toBe(4);
    expect(series.at(-1)).toMatchObject({ attempts: 4, failed: 2 });
    expect(series.at(-1)?.latencyMsP50).toBeGreaterThan(0);
    expect(series[0]).toMatchObject({ attempts: 0, failed: 0, latencyMsP50: null });
    expect((await ask(acme, { buckets: undefined })).series).toHaveLength(60);
  });

  it.each<[string, object]>([
    ['no bucket', { buckets: 0 }],
    ['501 buckets', { buckets: 501 }],
    ['an end before the beginning', { until: ago(2) }],
    ['a time without offset', { since: '2026-01-01T00:00:00' }],
  ])('refuses %s with BAD_USER_INPUT', async (_what, variables) => {
    expect(await acme.client.codeOf(STATS, { since: ago(1), ...variables })).toBe('BAD_USER_INPUT');
  });

  it('takes the earliest and the latest time that can be written', async () => {
    expect((await ask(acme, { since: '0001-01-01T00:00:00Z', until: '9999-12-31T23:59:59Z' })).total).toBe(5);
  });

  it('needs the scope deliveries:read, as an endpoint’s statistics do', async () => {
    const key = await makeKey(server.operator, {
      tenantId: acme.id,
      name: 'other',
      scopes: ['endpoints:read'],
    });
    const client = makeGraphqlClient(server.url, key.plainKey);
    expect(await client.codeOf(STATS, { since: ago(1) })).toBe('FORBIDDEN');
    expect(await client.codeOf('{ endpoints { nodes { stats { total } } } }')).toBe('FORBIDDEN');
  });
});

describe('statistics of endpoints', () => {
  const PAGE = `query ($first: Int!) { endpoints(first: $first) { nodes { id stats { total delivered series(buckets: 4) { attempts } } } } }`;

  it('are those of the last 24 hours of each', async () => {
    await ground.route(acme.id, [endpointIds[1] ?? ''], { at: new Date(Date.now() - 25 * HOUR_MS) });
    const { endpoints } = await acme.client.ask<{
      endpoints: { nodes: { id: string; stats: Stats }[] };
    }>(PAGE, { first: 10 });
    const totals = new Map(endpoints.nodes.map(({ id, stats }) => [id, stats.total]));
    expect(endpointIds.map((id) => totals.get(id))).toEqual([4, 1, 0]);
    const attempts = endpoints.nodes.flatMap(({ stats }) => stats.series.map((bucket) => bucket.attempts));
    expect(attempts.reduce((a, b) => a + b)).toBe(4);
  });

  it('are cut at half hours of the clock', async () => {
    const { endpoint } = await acme.client.ask<{
      endpoint: { stats: { since: string; until: string; series: { at: string }[] } };
    }>('query ($id: ID!) { endpoint(id: $id) { stats { since until series(buckets: 49) { at } } } }', {
      id: endpointIds[0],
    });
    const { since, until, series } = endpoint.stats;
    const times = [...series.map(({ at }) => at), until].map((at) => Date.parse(at));
    expect(times.map((at) => at % (HOUR_MS / 2))).toEqual(times.map(() => 0));
    expect(series[0]?.at).toBe(since);
    expect(Date.parse(since)).toBeLessThanOrEqual(Date.now() - 24 * HOUR_MS);
    expect(Date.parse(until)).toBeGreaterThan(Date.now());
  });

  it('cost one statement for a page, and one for its series', async () => {
    const statements = await ground.statementsOf(() => acme.client.ask(PAGE, { first: 3 }));
    expect(statements.filter((sql) => sql.includes('stat_'))).toHaveLength(2);
  });
});
