import { generateKeyPairSync } from 'node:crypto';
import type { GetMessageLike } from '../support/outsiders/stranger';
import { gather } from '../support/gather';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { makeGraphqlClient } from '../support/graphql-client';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/**
 * Every kind of secret that Warren is given or makes is planted, all that it does with them is done, things that fail
 * among them, and then everything that it keeps or says is searched for them.
 */
const MASTER_KEY = Buffer.from('a master key of 32 bytes exactly').toString('base64');
const PLANTED_HEADER = 'planted-credential-5f1c';
/** Many a receiver's address is all that one needs to write there. Who may see endpoints sees it, and nobody else. */
const URL_TOKEN = 'planted-token-of-an-address';
const WRONG_KEY = 'wrn_planted-wrong-key-77aa';
const TOKEN = 'planted-token-of-a-token-server';
const ACCOUNT_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString();
/** What the other sides are shown, which send it all back: by scheme. */
const CREDENTIALS: Record<string, object> = {
  http: { type: 'bearer', token: 'planted-bearer-token' },
  'sqs+http': {
    type: 'aws',
    accessKeyId: 'PLANTEDACCESSKEYID',
    secretAccessKey: 'planted-secret-access-key',
    sessionToken: 'planted-session-token',
  },
  'posthog+http': { type: 'bearer', token: 'phc_planted-project-key' },
};

let warren: WarrenUnderTest;
let receiver: Receiver;
let graphqlUrl: string;
let acme: TenantUnderTest;
/** By what each is. */
const planted = new Map<string, string>();
/** What went over the exchanges that others may bind to. */
let heard: { exchange: string; messages: GetMessageLike[] }[];
/** What a key without the scope for secrets was answered. */
let answers: string;

beforeAll(async () => {
  warren = await deployWarren({
    WARREN_MASTER_KEYS: `planted:${MASTER_KEY}`,
    WARREN_RETRY_SCHEDULE: '1',
    WARREN_INSPECTOR: 'true',
  });
  ({ graphqlUrl } = await warren.start());
  heard = await Promise.all(
    ['events', 'deliveries', 'dead', 'status', 'control'].map(async (exchange) => ({
      exchange,
      messages: await warren.stranger.listen(warren.queue(exchange), exchange === 'deliveries' ? 'due' : '#'),
    })),
  );
  receiver = await startReceiver();
  receiver.answer(({ path, headers, body }) => {
    if (path === '/token') return { status: 200, body: JSON.stringify({ access_token: TOKEN }) };
    if (path === '/works' || path === '/x') return {};
    const message = `you sent ${JSON.stringify(headers)} ${body.toString()}`;
    const said = { __type: 'x#InvalidSignatureException', message, error: { status: 'INTERNAL', message } };
    return { status: 500, headers: { 'x-echo': headers.authorization ?? '' }, body: JSON.stringify(said) };
  });
  acme = await warren.tenant('acme', graphqlUrl);
  planted.set('master key', MASTER_KEY).set('operator key', warren.operatorKey).set('key', acme.key);
  planted.set('credential of an endpoint', PLANTED_HEADER).set('wrong key', WRONG_KEY);
  await useAll();
  answers = await askWithoutScope();
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

/** Endpoints of every kind that has credentials, whose other side answers with what it was sent. */
async function useCredentials(): Promise<void> {
  const at = (scheme: string, path: string) => receiver.url(path).replace('http:', `${scheme}:`);
  const account = { type: 'service_account', client_email: 'w@acme.example.com', private_key: ACCOUNT_KEY };
  const all = [
    { url: at('http', '/echo'), credentials: CREDENTIALS.http },
    { url: at('sqs+http', '/123456789012/echo?region=eu-west-1'), credentials: CREDENTIALS['sqs+http'] },
    { url: at('posthog+http', ''), credentials: CREDENTIALS['posthog+http'] },
    {
      url: at('pubsub+http', '/projects/acme-shop/topics/echo'),
      credentials: { ...account, token_uri: receiver.url('/token') },
    },
  ];
  for (const { url, credentials } of all) {
    const { id } = await acme.endpoint({ url, credentials, eventTypes: ['#'] });
    await acme.client.ask(
      'mutation ($id: ID!) { endpointTest(input: { id: $id }) { userErrors { message } } }',
      { id },
    );
    for (const [member, value] of Object.entries(credentials ?? {})) {
      if (/token|secret/i.test(member) && member !== 'token_uri')
        planted.set(`${member} of ${url}`, value as string);
    }
  }
  planted.set('token of a token server', TOKEN);
  planted.set('key of a service account', ACCOUNT_KEY.split('\n')[3] ?? '');
}

async function useAll(): Promise<void> {
  await useCredentials();
  const headers = { authorization: `Bearer ${PLANTED_HEADER}`, 'x-api-key': PLANTED_HEADER };
  for (const path of ['/works', '/fails']) {
    const { id, secret } = await acme.endpoint({ url: receiver.url(path), headers, eventTypes: ['#'] });
    planted.set(`secret of ${path}`, secret.replace('whsec_', ''));
    const { endpointSecretRotate } = await acme.client.ask<{
      endpointSecretRotate: { endpoint: { secret: string } };
    }>(
      'mutation ($id: ID!) { endpointSecretRotate(input: { id: $id }) { endpoint { secret } userErrors { message } } }',
      { id },
    );
    planted.set(`new secret of ${path}`, endpointSecretRotate.endpoint.secret.replace('whsec_', ''));
    await acme.client.ask(
      'mutation ($id: ID!) { endpointTest(input: { id: $id }) { userErrors { message } } }',
      { id },
    );
  }
  // One that answers, and one whose name is refused when it is used: both are spoken of in the log.
  for (const path of ['/works', '/fails'])
    await acme.endpoint({ url: receiver.url(`${path}/${URL_TOKEN}?token=${URL_TOKEN}`), eventTypes: ['#'] });
  await acme.endpoint({ url: receiver.url(`/x?token=${URL_TOKEN}`), name: 'inside', eventTypes: ['#'] });
  await warren.sql('update endpoints set url = ? where name = ?', [
    `http://10.0.0.1/?t=${URL_TOKEN}`,
    'inside',
  ]);
  await useInspector(headers);
  await useTunnel(headers);
  const { portalSessionCreate } = await acme.client.ask<{ portalSessionCreate: { token: string } }>(
    `mutation { portalSessionCreate(input: { tenantId: "${acme.id}", scopes: ["deliveries:read"] }) { token userErrors { message } } }`,
  );
  planted.set('portal session', portalSessionCreate.token);
  await makeGraphqlClient(graphqlUrl, portalSessionCreate.token).ask('{ deliveries { totalCount } }');
  await makeGraphqlClient(graphqlUrl, WRONG_KEY).send('{ viewer { isOperator } }');
  // A value that is refused, and a message that nobody can read, with a credential in them.
  const refused = {
    url: receiver.url('/x'),
    headers: { 'bad name': PLANTED_HEADER, authorization: PLANTED_HEADER },
  };
  await acme.client.send(
    'mutation ($input: EndpointCreateInput!) { endpointCreate(input: $input) { userErrors { message } } }',
    { input: refused },
  );
  await acme.publish({ type: 'order.placed' });
  await waitUntil(async () => (await acme.deliveries({ status: ['DEAD_LETTERED'] })).length > 4, 20_000);
  await waitUntil(async () => (await acme.deliveries({ status: ['DELIVERED'] })).length > 0, 20_000);
}

/** With a secret of its own, and an endpoint with credentials that sends to it. */
async function useInspector(headers: object): Promise<void> {
  const secret = Buffer.from('a secret for an inspector').toString('base64');
  planted.set('secret of an inspector', secret);
  const { inspectorCreate } = await acme.client.ask<{
    inspectorCreate: { inspector: { id: string; url: string } };
  }>(
    'mutation ($input: InspectorCreateInput!) { inspectorCreate(input: $input) { inspector { id url } userErrors { message } } }',
    { input: { secret: `whsec_${secret}` } },
  );
  const { id, url } = inspectorCreate.inspector;
  await acme.endpoint({ url, headers, eventTypes: ['to.inspector'] });
  await acme.publish({ type: 'to.inspector' });
  await waitUntil(async () => {
    const { inspector } = await acme.client.ask<{ inspector: { requests: { totalCount: number } } }>(
      'query ($id: ID!) { inspector(id: $id) { requests { totalCount } } }',
      { id },
    );
    return inspector.requests.totalCount > 0;
  }, 20_000);
}

/** With credentials among its headers, and a listener that gets them. */
async function useTunnel(headers: object): Promise<void> {
  const { tunnelOpen } = await acme.client.ask<{ tunnelOpen: { endpoint: { id: string } } }>(
    'mutation { tunnelOpen(input: { eventTypes: ["to.tunnel"] }) { endpoint { id } userErrors { message } } }',
  );
  const { id } = tunnelOpen.endpoint;
  await acme.client.ask(
    'mutation ($input: EndpointUpdateInput!) { endpointUpdate(input: $input) { userErrors { message } } }',
    { input: { id, headers } },
  );
  heard.push({ exchange: 'tunnel', messages: await warren.stranger.listen(warren.queue('tunnel'), id) });
  const listener = gather<{ tunnelRequest: { id: string; headers: object } }>(
    graphqlUrl,
    { authorization: `Bearer ${acme.key}` },
    'subscription ($id: ID!) { tunnelRequest(endpointId: $id) { id headers } }',
    { id },
  );
  await acme.publish({ type: 'to.tunnel' });
  await waitUntil(() => listener.seen.length > 0, 20_000);
  const request = listener.seen[0]?.tunnelRequest;
  expect(JSON.stringify(request?.headers)).toContain(PLANTED_HEADER);
  await acme.client.ask(
    'mutation ($input: TunnelAnswerInput!) { tunnelAnswer(input: $input) { userErrors { message } } }',
    { input: { endpointId: id, requestId: request?.id, durationMs: 1, status: 204 } },
  );
  await waitUntil(
    async () => (await acme.deliveries({ types: ['to.tunnel'], status: ['DELIVERED'] })).length > 0,
    20_000,
  );
  await listener.close();
}

async function askWithoutScope(): Promise<string> {
  const { apiKeyCreate } = await acme.client.ask<{ apiKeyCreate: { plainKey: string } }>(
    `mutation { apiKeyCreate(input: { name: "reader", scopes: ["endpoints:read", "deliveries:read", "events:read"] }) {
       plainKey userErrors { message } } }`,
  );
  planted.set('key of a reader', apiKeyCreate.plainKey);
  const answer = await makeGraphqlClient(graphqlUrl, apiKeyCreate.plainKey).ask<Record<string, unknown>>(
    `{ endpoints { nodes { url headers secret publicKey } }
       deliveries { nodes { lastError attempts { requestHeaders requestBody responseHeaders responseBody error errorDetail } } } }`,
  );
  return JSON.stringify(answer);
}

/** Every row of every table. */
async function databaseText(): Promise<string> {
  const tables = await warren.sql<Record<string, string>>('show tables');
  const dumps = await Promise.all(
    tables.map(async (row) =>
      JSON.stringify(await warren.sql(`select * from ${Object.values(row)[0] ?? ''}`), asText),
    ),
  );
  return dumps.join('\n');
}

/** Bytes as the text that they may be. */
function asText(_: string, value: unknown): unknown {
  const isBuffer =
    typeof value === 'object' && value !== null && (value as { type?: string }).type === 'Buffer';
  return isBuffer ? Buffer.from((value as { data: number[] }).data).toString('latin1') : value;
}

function expectNothingPlanted(text: string): void {
  for (const [what, secret] of planted) {
    expect(secret.length).toBeGreaterThan(10);
    if (text.includes(secret)) throw new Error(`it shows the ${what}`);
  }
}

it('finds what it has planted where it may be: in what the receiver got', () => {
  const got = JSON.stringify(receiver.at('/works').map(({ headers }) => headers));
  expect(got).toContain(PLANTED_HEADER);
});

it('has sent the credentials to those they are for', () => {
  const got = receiver.arrivals
    .map(({ headers, body }) => `${JSON.stringify(headers)} ${body.toString()}`)
    .join();
  for (const shown of ['planted-bearer-token', 'planted-session-token', 'phc_planted-project-key', TOKEN]) {
    expect(got).toContain(shown);
  }
});

it('keeps none of it in the database in the clear', async () => {
  const text = await databaseText();
  expect(text).toContain('order.placed');
  expectNothingPlanted(text);
});

it('writes none of it to the log', () => {
  const text = warren.logLines.join('\n');
  expect(text).toContain('attempt.finished');
  expect(text).toContain('BLOCKED_ADDRESS');
  expectNothingPlanted(text);
  expect(text).not.toContain(URL_TOKEN);
});

it('tells none of it to a key without the scope', () => {
  expect(answers).toContain('webhook-signature');
  expectNothingPlanted(answers);
});

it('has none of it in the metrics', async () => {
  const text = await (await fetch(new URL('/metrics', graphqlUrl))).text();
  expect(text).toContain('warren_attempts_total');
  expectNothingPlanted(text);
  expect(text).not.toContain(URL_TOKEN);
});

it('sends none of it over the broker', () => {
  for (const { exchange, messages } of heard) {
    const text = messages.map(({ content }) => content.toString('latin1')).join('\n');
    expect([exchange, messages.length > 0]).toEqual([exchange, true]);
    expectNothingPlanted(text);
    expect(text).not.toContain(URL_TOKEN);
  }
});
