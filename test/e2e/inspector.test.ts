import { makeDatabase } from '../../src/store/database';
import { makeHousekeeping } from '../../src/store/upkeep/housekeeping';
import { gather } from '../support/gather';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let started: Started;
let second: Started;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_INSPECTOR: 'true' });
  started = await warren.start();
  second = await warren.start({ WARREN_ROLES: 'api', WARREN_PUBLIC_URL: `${started.app.url}/` });
  acme = await warren.tenant('acme', started.graphqlUrl);
}, 60_000);
afterAll(() => warren.end(), 60_000);

interface Seen {
  id: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  bodyBase64: string;
  signature: string;
  answeredStatus: number;
}
const REQUEST = 'id method path headers body bodyBase64 signature answeredStatus';

async function makeInspector(input: object = {}): Promise<{ id: string; url: string }> {
  const { answer } = await acme.client.ask<{
    answer: { inspector: { id: string; url: string } | null; userErrors: object[] };
  }>(
    `mutation ($input: InspectorCreateInput!) {
      answer: inspectorCreate(input: $input) { inspector { id url } userErrors { field code message } } }`,
    { input },
  );
  if (!answer.inspector) throw new Error(JSON.stringify(answer.userErrors));
  return answer.inspector;
}

async function requestsOf(id: string, page = 'first: 100'): Promise<Seen[]> {
  const { inspector } = await acme.client.ask<{ inspector: { requests: { nodes: Seen[] } } }>(
    `query ($id: ID!) { inspector(id: $id) { requests(${page}) { nodes { ${REQUEST} } } } }`,
    { id },
  );
  return inspector.requests.nodes;
}

const metricOf = async (outcome: string): Promise<number> => {
  const { values } = await started.app.metrics.inspectorRequests.get();
  return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
};

describe('an inspector', () => {
  it('gets what an endpoint sends to it, verified by the endpoint’s own secret, and shows it live elsewhere', async () => {
    const { id, url } = await makeInspector();
    const live = gather<{ inspectorReceived: Seen }>(
      second.graphqlUrl,
      { authorization: `Bearer ${acme.key}` },
      `subscription ($id: ID!) { inspectorReceived(inspectorId: $id) { ${REQUEST} } }`,
      { id },
    );
    await waitUntil(async () => {
      await fetch(url);
      return live.seen.length > 0;
    }, 10_000);
    await acme.endpoint({ url: `${url}/orders?shop=1`, eventTypes: ['order.placed'] });
    await acme.publish({ type: 'order.placed', data: { name: 'Zoë' } });
    const isDelivery = ({ method }: Seen): boolean => method === 'POST';
    await waitUntil(async () => (await requestsOf(id)).some(isDelivery), 10_000);
    const [arrived] = (await requestsOf(id)).filter(isDelivery);
    expect(arrived).toMatchObject({ path: '/orders?shop=1', signature: 'VERIFIED', answeredStatus: 200 });
    expect(JSON.parse(arrived?.body ?? '')).toMatchObject({ type: 'order.placed', data: { name: 'Zoë' } });
    // It may arrive before it is on record.
    await waitUntil(async () => (await acme.deliveries({ types: ['order.placed'] })).length === 1);
    const [delivery] = await acme.deliveries({ types: ['order.placed'] });
    expect(arrived?.headers['webhook-id']).toBe(delivery?.id);
    await waitUntil(() => live.seen.some(({ inspectorReceived }) => isDelivery(inspectorReceived)), 10_000);
    const ids = live.seen.map(({ inspectorReceived }) => inspectorReceived.id);
    expect(new Set(ids).size).toBe(ids.length);
    await live.close();
  }, 40_000);

  it('fails as often as it was told, so that the ladder can be watched', async () => {
    const { id, url } = await makeInspector({ failFirst: 1, status: 201, body: 'done' });
    await acme.endpoint({ url, eventTypes: ['it.fails'] });
    await acme.publish({ type: 'it.fails' });
    const find = async () => (await acme.deliveries({ types: ['it.fails'] }))[0];
    await waitUntil(async () => (await find())?.status === 'DELIVERED', 20_000);
    expect(
      (await find())?.attempts.map(({ responseStatus, responseBody }) => [responseStatus, responseBody]),
    ).toEqual([
      [500, 'This inspector was told to fail.\n'],
      [201, 'done'],
    ]);
    expect((await requestsOf(id)).map(({ signature }) => signature)).toEqual(['VERIFIED', 'VERIFIED']);
  }, 40_000);

  it('takes any method and any bytes, and waits before it answers', async () => {
    const { id, url } = await makeInspector({ delayMs: 300, status: 418, body: 'tea' });
    const startedAt = performance.now();
    const response = await fetch(`${url}/a/b?c=d`, {
      method: 'PUT',
      headers: { authorization: 'Bearer hush', 'x-team': 'blue' },
      body: new Uint8Array([0xff, 0x00, 0x01]),
    });
    expect([response.status, await response.text()]).toEqual([418, 'tea']);
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    const [seen] = await requestsOf(id);
    expect(seen).toMatchObject({
      ...{ method: 'PUT', path: '/a/b?c=d', body: null, bodyBase64: '/wAB', signature: 'UNSIGNED' },
      headers: { authorization: '[redacted]', 'x-team': 'blue' },
    });
  });

  it('answers what no browser runs', async () => {
    const { url } = await makeInspector({ body: '<script>alert(1)</script>' });
    const { headers } = await fetch(url);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    const { url: empty } = await makeInspector({ status: 204, body: 'never sent' });
    const nothing = await fetch(empty, { method: 'POST' });
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
  });

  it('keeps the newest hundred, and refuses a body without a bound', async () => {
    const { id, url } = await makeInspector();
    for (let n = 0; n < 12; n++)
      await Promise.all(Array.from({ length: 10 }, (_, at) => fetch(`${url}/${n}/${at}`)));
    await waitUntil(async () => {
      const [row] = await warren.sql<{ n: string }>(
        'select count(*) n from inspected_requests r join inspectors i on i.id = r.inspector_id where i.token = ?',
        [url.split('/').at(-1)],
      );
      return Number(row?.n) === 100;
    }, 10_000);
    expect((await requestsOf(id))[0]?.path).toMatch(/^\/11\//);
    expect((await requestsOf(id, 'last: 1'))[0]?.path).toMatch(/^\/[12]\//);
    const before = await metricOf('too-large');
    const large = await fetch(url, { method: 'POST', body: 'x'.repeat(400_000) });
    expect(large.status).toBe(413);
    expect(await metricOf('too-large')).toBe(before + 1);
  }, 30_000);

  it('is gone when it has expired, and housekeeping takes away what it has kept', async () => {
    const { id, url } = await makeInspector();
    await fetch(url, { method: 'POST', body: 'x' });
    const token = url.split('/').at(-1);
    await warren.sql('update inspectors set expires_at = ? where token = ?', [
      new Date(Date.now() - 1),
      token,
    ]);
    expect((await fetch(url)).status).toBe(404);
    const { inspector } = await acme.client.ask<{ inspector: null }>(
      'query ($id: ID!) { inspector(id: $id) { id } }',
      { id },
    );
    expect(inspector).toBeNull();
    const orphans = async (): Promise<number> => {
      const [row] = await warren.sql<{ n: string }>(
        `select count(*) n from inspected_requests r left join inspectors i on i.id = r.inspector_id
         where i.id is null or i.expires_at < ?`,
        [new Date()],
      );
      return Number(row?.n);
    };
    expect(await orphans()).toBe(1);
    const housekeeping = makeHousekeeping(makeDatabase(warren.database.dataSource), 30, 30);
    expect((await housekeeping.run(new Date(Date.now() + 61_000))).inspectorsExpired).toBe(1);
    expect(await orphans()).toBe(0);
  });

  it('is nowhere unless the deployment has it', async () => {
    const plain = await warren.start({ WARREN_ROLES: 'api', WARREN_INSPECTOR: 'false' });
    const { url } = await makeInspector();
    const path = new URL(url).pathname;
    expect((await fetch(`${started.app.url}${path}`)).status).toBe(200);
    expect((await fetch(`${plain.app.url}${path}`)).status).toBe(404);
  });
});
