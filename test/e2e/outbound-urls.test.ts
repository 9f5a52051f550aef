import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { TenantUnderTest, UserError } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/**
 * Every URL that a tenant gives, of every kind, against a canary on this machine: refused when it is saved, when it is
 * tested, and when it is used after all, as if its name had moved. Nothing ever connects.
 */
let warren: WarrenUnderTest;
let acme: TenantUnderTest;
let canary: Server;
let port: number;
let connections = 0;

beforeAll(async () => {
  canary = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  canary.listen(0, '127.0.0.1');
  await once(canary, 'listening');
  ({ port } = canary.address() as AddressInfo);
  warren = await deployWarren({ WARREN_ALLOWED_NETWORKS: '', WARREN_RETRY_SCHEDULE: '60' });
  const { graphqlUrl } = await warren.start();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  canary.close();
}, 60_000);

const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString();
const AWS = { type: 'aws', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) };
const account = (tokenUri: string) => ({
  type: 'service_account',
  client_email: 'w@acme.example.com',
  private_key: PRIVATE_KEY,
  token_uri: tokenUri,
});
const BASIC = { type: 'basic', username: 'u', password: 'a password' };

/** By the authority that each has in it, `$`; the public ones are addresses that nobody answers at. */
const KINDS: [url: string, credentials: object | undefined, hasOwnPorts?: true][] = [
  ['http://$/in', undefined],
  ['https://$/in', undefined],
  // A broker is dialled at its own ports alone.
  ['amqp://$/%2F/orders', BASIC, true],
  ['nats://$/orders', undefined],
  ['kafka://$/orders', undefined],
  ['sqs+http://$/123456789012/orders?region=eu-west-1', AWS],
  ['sns+http://$/arn:aws:sns:eu-west-1:123456789012:orders?region=eu-west-1', AWS],
  ['eventbridge+http://$/default?source=acme.shop&region=eu-west-1', AWS],
  ['pubsub+http://$/projects/acme-shop/topics/orders', account('https://8.8.8.8/token')],
  ['posthog+http://$', { type: 'bearer', token: 'phc_x' }],
];
const INSIDE = (host: string): string => `${host}:${port}`;

const CREATE = `mutation ($input: EndpointCreateInput!) {
  answer: endpointCreate(input: $input) { endpoint { id } userErrors { field code message } } }`;
const UPDATE = `mutation ($input: EndpointUpdateInput!) {
  answer: endpointUpdate(input: $input) { endpoint { id } userErrors { field code message } } }`;
const TEST = `mutation ($id: ID!) {
  answer: endpointTest(input: { id: $id }) { attempt { error } userErrors { code } } }`;

async function faultsOf(document: string, input: object): Promise<UserError[]> {
  const { answer } = await acme.client.ask<{ answer: { userErrors: UserError[] } }>(document, { input });
  return answer.userErrors;
}

describe.each(KINDS)('a URL as %s', (form, credentials, hasOwnPorts) => {
  const at = (authority: string): string => form.replace('$', authority);
  const type = `outbound.${form.replaceAll(/[^a-z]+/g, '_').slice(0, 30)}`;

  it('to the inside is not saved, nor does an endpoint get one later; tested and used it is refused, and why is told', async () => {
    const inside = ['127.0.0.1', '127.1', '[::ffff:127.0.0.1]', 'localhost', '169.254.169.254'].map((host) =>
      at(hasOwnPorts ? host : INSIDE(host)),
    );
    for (const url of inside) {
      expect(await faultsOf(CREATE, { url, credentials })).toMatchObject([
        { code: 'BLOCKED_ADDRESS', field: ['url'] },
      ]);
    }
    const { id } = await acme.endpoint({ url: at('8.8.8.8'), credentials, eventTypes: [type] });
    expect(await faultsOf(UPDATE, { id, url: inside[0], credentials })).toMatchObject([
      { code: 'BLOCKED_ADDRESS', field: ['url'] },
    ]);
    await warren.sql('update endpoints set url = ? where url = ?', [at(INSIDE('127.0.0.1')), at('8.8.8.8')]);
    const { answer } = await acme.client.ask<{ answer: object }>(TEST, { id });
    expect(answer).toMatchObject({ attempt: null, userErrors: [{ code: 'BLOCKED_ADDRESS' }] });
    await acme.publish({ type });
    await waitUntil(async () => (await acme.deliveries({ types: [type] }))[0]?.attempts.length === 1);
    const [delivery] = await acme.deliveries({ types: [type] });
    expect(delivery?.attempts).toMatchObject([{ ok: false, error: 'BLOCKED_ADDRESS' }]);
    expect(connections).toBe(0);
  }, 30_000);
});

describe('the URL of a token', () => {
  it.each<[string, string, (url: string) => object]>([
    [
      'of OAuth 2.0',
      'https://8.8.8.8/in',
      (tokenUrl) => ({ type: 'oauth2', tokenUrl, clientId: 'x', clientSecret: 'a secret' }),
    ],
    ['of a service account', 'pubsub://pubsub.googleapis.com/projects/acme-shop/topics/orders', account],
  ])('%s cannot be one of the inside', async (_, url, credentials) => {
    const given = credentials(`https://${INSIDE('127.0.0.1')}/token`);
    const faults = await faultsOf(CREATE, { url, credentials: given });
    expect(faults.map(({ code }) => code)).toEqual(['BLOCKED_ADDRESS']);
    expect(connections).toBe(0);
  });
});

it('the canary is heard when somebody connects', async () => {
  await fetch(`http://${INSIDE('127.0.0.1')}/`).catch(() => undefined);
  expect(connections).toBe(1);
});
