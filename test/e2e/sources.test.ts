import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { sign } from '@octokit/webhooks-methods';
import Stripe from 'stripe';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks';
import { githubEvents } from '../../src/cli/demo/github-events';
import { newId } from '../../src/domain/ids';
import { saveEventType } from '../support/event-types';
import { makeGraphqlClient, type GraphqlClient } from '../support/graphql-client';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../support/warren-under-test';

const PUBLIC_URL = 'https://hooks.example';
const SECRET = 'what-the-provider-signs-with';

let warren: WarrenUnderTest;
let started: Started;
let acme: TenantUnderTest;
/** The operator, acting for acme. */
let keeper: GraphqlClient;
let receiver: Receiver;

beforeAll(async () => {
  warren = await deployWarren();
  started = await warren.start({ WARREN_PUBLIC_URL: `${PUBLIC_URL}/`, WARREN_MAX_EVENT_BYTES: '20000' });
  acme = await warren.tenant('acme', started.graphqlUrl);
  keeper = makeGraphqlClient(started.graphqlUrl, warren.operatorKey, { 'warren-tenant': 'acme' });
  receiver = await startReceiver();
  await acme.endpoint({ url: receiver.url('/all'), eventTypes: ['#'] });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

interface Source {
  id: string;
  url: string;
}

async function makeSource(provider: string, input: object = {}): Promise<Source> {
  const { answer } = await keeper.ask<{ answer: { source: Source | null; userErrors: unknown[] } }>(
    `mutation ($input: SourceCreateInput!) {
      answer: sourceCreate(input: $input) { source { id url } userErrors { field code message } } }`,
    { input: { name: provider, provider, signingSecret: SECRET, ...input } },
  );
  if (!answer.source) throw new Error(JSON.stringify(answer.userErrors));
  return answer.source;
}

interface Posted {
  status: number;
  headers: Headers;
  text: string;
}

/** As a provider would post, to where Warren listens: the public address is a proxy's. */
async function post(
  { id }: Pick<Source, 'id'>,
  body: string | Buffer,
  headers: Record<string, string>,
): Promise<Posted> {
  const response = await fetch(`${started.app.url}/in/${id}`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const codeOf = ({ text }: Posted): unknown => (JSON.parse(text) as { code?: unknown }).code;

let guids = 0;
async function githubHeaders(event: string, body: string, secret = SECRET): Promise<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': `guid-${++guids}`,
    'x-hub-signature-256': await sign(secret, body),
  };
}

const arrivalsOf = (type: string) =>
  receiver
    .at('/all')
    .map(({ body }) => body.toString())
    .filter((text) => text.startsWith(`{"type":"${type}",`));
const arrivalOf = async (type: string): Promise<string> => {
  await waitUntil(() => arrivalsOf(type).length > 0, 15_000);
  return arrivalsOf(type)[0] ?? '';
};
const metric = async (labels: string): Promise<number> => {
  const text = await started.app.metrics.registry.getSingleMetricAsString('warren_source_requests_total');
  const line = text.split('\n').find((candidate) => candidate.includes(`{${labels}}`));
  return Number(line?.split(' ').at(-1) ?? 0);
};

describe('a webhook of GitHub', () => {
  it('becomes an event, and a signed webhook to who subscribed, byte for byte', async () => {
    const source = await makeSource('GITHUB');
    expect(source.url).toBe(`${PUBLIC_URL}/in/${source.id}`);
    const ping = '{"zen":"Design for failure.","hook_id":1}';
    expect(await post(source, ping, await githubHeaders('ping', ping))).toMatchObject({
      status: 200,
      text: 'pong',
    });

    const [real] = githubEvents().filter(({ type }) => type === 'github.issues.opened');
    const body = JSON.stringify(real?.data, null, 1);
    const headers = await githubHeaders('issues', body);
    expect(await post(source, body, headers)).toMatchObject({ status: 200, text: '' });
    const arrived = await arrivalOf('github.issues.opened');
    expect(arrived.slice(arrived.indexOf('"data":') + '"data":'.length, -1)).toBe(body);

    // The same delivery again, as by its button "Redeliver"; then one that shows that nothing is still on its way.
    expect((await post(source, body, headers)).status).toBe(200);
    const push = '{"ref":"refs/heads/main"}';
    expect((await post(source, push, await githubHeaders('push', push))).status).toBe(200);
    await arrivalOf('github.push');
    expect(arrivalsOf('github.issues.opened')).toHaveLength(1);
    const events = await acme.client.ask<{ events: { totalCount: number } }>(
      'query ($key: String!) { events(filter: { idempotencyKey: $key }) { totalCount } }',
      { key: `${source.id}/${headers['x-github-delivery'] ?? ''}` },
    );
    expect(events.events.totalCount).toBe(1);
    expect(arrivalsOf('github.ping')).toEqual([]);
  });

  it('is not taken when it was tampered with, is unsigned, or the source is another', async () => {
    const source = await makeSource('GITHUB', { eventTypePrefix: 'tampered' });
    const body = '{"n":1}';
    const headers = await githubHeaders('push', body);
    const { 'x-hub-signature-256': _signature, ...unsigned } = headers;
    const before = await metric('provider="github",outcome="bad-signature"');
    const refused = [
      await post(source, '{"n":2}', headers),
      await post(source, body, unsigned),
      await post(source, body, await githubHeaders('push', body, 'another-secret')),
      await post({ id: newId('source') }, body, headers),
      await post({ id: 'src_nonsense' }, body, headers),
    ];
    expect(refused.map(({ status, text }) => `${status} ${text}`)).toEqual(
      refused.map(() => `404 ${refused[0]?.text ?? ''}`),
    );
    expect(refused[0] && codeOf(refused[0])).toBe('UNVERIFIED');
    expect(await metric('provider="github",outcome="bad-signature"')).toBe(before + 2);
    expect(await metric('provider="github",outcome="unsigned"')).toBe(1);
    expect(await metric('provider="unknown",outcome="unknown-source"')).toBe(2);
    await waitUntil(async () => {
      const { source: seen } = await keeper.ask<{ source: { lastRefusal: string | null } }>(
        'query ($id: ID!) { source(id: $id) { lastRefusal } }',
        source,
      );
      return seen.lastRefusal !== null;
    }, 15_000);
    expect((await post(source, body, await githubHeaders('fork', body))).status).toBe(200);
    await arrivalOf('tampered.fork');
    expect(arrivalsOf('tampered.push')).toEqual([]);
    expect(warren.logLines.join('')).not.toContain(SECRET);
  });

  it('is taken with either secret while one is rotated, and not while the source is off', async () => {
    const source = await makeSource('GITHUB', { eventTypePrefix: 'rotated' });
    const change = (document: string, input: object) =>
      keeper.ask(`mutation ($input: ${document} { userErrors { message } } }`, {
        input: { id: source.id, ...input },
      });
    await change('SourceSecretRotateInput!) { sourceSecretRotate(input: $input)', {
      signingSecret: 'the-next-secret',
    });
    for (const secret of [SECRET, 'the-next-secret'])
      expect((await post(source, '{}', await githubHeaders('push', '{}', secret))).status).toBe(200);
    await change('SourceUpdateInput!) { sourceUpdate(input: $input)', { enabled: false });
    const refused = await post(source, '{}', await githubHeaders('push', '{}'));
    expect([refused.status, codeOf(refused)]).toEqual([403, 'DISABLED']);
    await change('SourceUpdateInput!) { sourceUpdate(input: $input)', { enabled: true });
    expect((await post(source, '{}', await githubHeaders('push', '{}'))).status).toBe(200);
    await keeper.ask('mutation ($id: ID!) { sourceDelete(id: $id) { deletedId } }', source);
    expect((await post(source, '{}', await githubHeaders('push', '{}'))).status).toBe(404);
  });
});

describe('what other providers send', () => {
  it('is a Stripe event, too old after five minutes', async () => {
    const signingSecret = `whsec_${SECRET}`;
    const source = await makeSource('STRIPE', { signingSecret });
    const payload = '{"id":"evt_1","type":"payment_intent.succeeded","created":1700000000,"amount":1.0}';
    const sdk = new Stripe('sk_test_none').webhooks;
    const headers = (secondsAgo: number) => ({
      'stripe-signature': sdk.generateTestHeaderString({
        payload,
        secret: signingSecret,
        timestamp: Math.floor(Date.now() / 1000) - secondsAgo,
      }),
    });
    const old = await post(source, payload, headers(400));
    expect([old.status, codeOf(old)]).toEqual([400, 'TOO_OLD']);
    expect((await post(source, payload, headers(0))).status).toBe(200);
    expect(await arrivalOf('stripe.payment_intent.succeeded')).toContain(
      `"timestamp":"2023-11-14T22:13:20.000Z","data":${payload}}`,
    );
    expect(await metric('provider="stripe",outcome="too-old"')).toBe(1);
  });

  it('is a Twilio form, signed for the public address behind which Warren stands', async () => {
    const source = await makeSource('TWILIO');
    const params = { MessageSid: 'SM1', MessageStatus: 'delivered', To: '+1 555' };
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': getExpectedTwilioSignature(SECRET, source.url, params),
      'i-twilio-idempotency-token': 'a-token',
    };
    const answer = await post(source, new URLSearchParams(params).toString(), headers);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/xml');
    expect(answer.text).toContain('<Response/>');
    expect(await arrivalOf('twilio.message.delivered')).toContain(`"data":${JSON.stringify(params)}}`);
  });

  it('is a challenge of Slack', async () => {
    const source = await makeSource('SLACK');
    const body = '{"type":"url_verification","challenge":"3eZbrw1a","token":"x"}';
    const seconds = String(Math.floor(Date.now() / 1000));
    const hmac = createHmac('sha256', SECRET).update(`v0:${seconds}:${body}`).digest('hex');
    const headers = { 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${hmac}` };
    expect(await post(source, body, headers)).toMatchObject({ status: 200, text: '3eZbrw1a' });
  });

  it('is a topic of Shopify', async () => {
    const source = await makeSource('SHOPIFY');
    const headers = {
      'x-shopify-topic': 'orders/create',
      'x-shopify-webhook-id': 'w1',
      'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update('{"id":1}').digest('base64'),
    };
    expect((await post(source, '{"id":1}', headers)).status).toBe(200);
    expect(await arrivalOf('shopify.orders.create')).toContain('"data":{"id":1}}');
  });
});

describe('what cannot be published', () => {
  it('is parked with the reason when it does not fit the catalog, and the provider is done', async () => {
    await saveEventType(keeper, {
      name: 'strict.push',
      schema: { type: 'object', required: ['ref'], properties: { ref: { type: 'string' } } },
    });
    const source = await makeSource('GITHUB', { eventTypePrefix: 'strict' });
    expect((await post(source, '{"no":1}', await githubHeaders('push', '{"no":1}'))).status).toBe(200);
    const parked = await warren.stranger.take(warren.queue('rejected'), 15_000);
    expect(parked.content.toString()).toBe('{"no":1}');
    expect(parked.properties.headers).toMatchObject({ 'reason-code': 'SCHEMA_MISMATCH', tenant: acme.id });
    expect(await metric('provider="github",outcome="parked"')).toBe(1);
    expect((await post(source, '{"ref":"x"}', await githubHeaders('push', '{"ref":"x"}'))).status).toBe(200);
    await arrivalOf('strict.push');
  });

  it('is refused when it is too large, compressed, or no POST', async () => {
    const source = await makeSource('GITHUB');
    const body = JSON.stringify('x'.repeat(20_000));
    const large = await post(source, body, await githubHeaders('push', body));
    expect([large.status, codeOf(large)]).toEqual([413, 'TOO_LARGE']);
    const headers = { ...(await githubHeaders('push', '{}')), 'content-encoding': 'gzip' };
    expect(codeOf(await post(source, gzipSync('{}'), headers))).toBe('UNREADABLE');
    const got = await fetch(`${started.app.url}/in/${source.id}`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('is asked for again within the three seconds of Slack when the broker says nothing', async () => {
    const source = await makeSource('SLACK', { eventTypePrefix: 'silent' });
    const body = '{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}';
    const seconds = String(Math.floor(Date.now() / 1000));
    const hmac = createHmac('sha256', SECRET).update(`v0:${seconds}:${body}`).digest('hex');
    const headers = { 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${hmac}` };
    warren.brokerWire.pause();
    const startedAt = performance.now();
    const refused = await post(source, body, headers);
    const tookMs = performance.now() - startedAt;
    warren.brokerWire.resume();
    expect([refused.status, codeOf(refused)]).toEqual([503, 'UNAVAILABLE']);
    expect(tookMs).toBeLessThan(3000);
    await waitUntil(async () => (await post(source, body, headers)).status === 200, 20_000);
    await arrivalOf('silent.app_mention');
    expect(arrivalsOf('silent.app_mention')).toHaveLength(1);
  });

  it('is asked for again while the broker is away, and then delivered once', async () => {
    const source = await makeSource('GITHUB', { eventTypePrefix: 'outage' });
    const headers = await githubHeaders('push', '{"n":1}');
    warren.brokerWire.forbid();
    const refused = await post(source, '{"n":1}', headers);
    expect([refused.status, codeOf(refused), refused.headers.get('retry-after')]).toEqual([
      503,
      'UNAVAILABLE',
      '5',
    ]);
    warren.brokerWire.allow();
    await waitUntil(async () => (await post(source, '{"n":1}', headers)).status === 200, 20_000);
    await arrivalOf('outage.push');
    expect((await post(source, '{"n":2}', await githubHeaders('fork', '{"n":2}'))).status).toBe(200);
    await arrivalOf('outage.fork');
    expect(arrivalsOf('outage.push')).toHaveLength(1);
  });
});
