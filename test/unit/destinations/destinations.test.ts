import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { makeCertificate } from '../../support/outsiders/certificate';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { createServer } from 'node:https';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const RSA_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString();
const destinations = openDestinations({
  policy: makeOutboundPolicy({
    allowedNetworks: [],
    resolve: (name) => {
      const address = name === 'inside.example.com' ? '10.0.0.1' : '93.184.216.34';
      return Promise.resolve([{ address, family: 4 }]);
    },
  }),
});
afterAll(() => destinations.close());

describe('a URL', () => {
  it.each([
    'https://a.example.com/in',
    'amqps://a.example.com/%2F/orders',
    'amqp://a.example.com:5672/shop/?routingKey=a.b',
    'nats://a.example.com:4222/orders.new',
    'nats+tls://a.example.com',
    'slack://hooks.slack.com/services/T0/B0/x',
    'kafka://a.example.com/orders.v1',
    'kafka+tls://a.example.com:9093/orders',
    'kafka+tls://[2606:4700::1111]:9093/orders',
    'sqs://sqs.eu-west-1.amazonaws.com/123456789012/orders',
    'sqs://vpce-1.sqs.us-gov-west-1.vpce.amazonaws.com/123456789012/orders.fifo?region=us-gov-west-1',
    'sqs+http://a.example.com:4566/000000000000/orders?region=eu-west-1',
    'sns://sns.cn-north-1.amazonaws.com.cn/arn:aws-cn:sns:cn-north-1:123456789012:orders',
    'sns://sns-fips.us-east-1.amazonaws.com/arn:aws:sns:us-east-1:123456789012:orders.fifo',
    'eventbridge://events.eu-west-1.amazonaws.com/default?source=acme.shop',
    'eventbridge://events.eu-west-1.api.aws/arn:aws:events:eu-west-1:123456789012:event-bus/shop',
    'pubsub://pubsub.googleapis.com/projects/acme-shop/topics/orders',
    'pubsub+http://a.example.com:8085/projects/example.com:acme/topics/orders',
    'posthog://eu.i.posthog.com',
    'posthog+http://a.example.com/',
  ])('may be %s', async (url) => {
    expect(await destinations.checkUrl(url)).toMatchObject({ ok: true });
  });

  it.each([
    ['redis://a.example.com/t', 'INVALID', 'amqps://host/vhost/exchange'],
    ['kafka+http://a.example.com/t', 'INVALID', 'Other forms: '],
    ['mailto:somebody@a.example.com', 'INVALID', 'Other forms: '],
    ['a.example.com/t', 'INVALID', 'its scheme, before the host'],
    ['a.example.com:8443/t', 'INVALID', 'its scheme, before the host'],
    ['localhost:3000', 'INVALID', 'its scheme, before the host'],
    ['//a.example.com?t', 'INVALID', 'its scheme, before the host'],
    ['kafka://a.example.com/', 'INVALID', 'has the form kafka+tls://'],
    ['kafka://a.example.com/a/b', 'INVALID', 'has the form kafka+tls://'],
    ['kafka://[::1]/t', 'BLOCKED_ADDRESS', 'private'],
    ['kafka://inside.example.com/t', 'BLOCKED_ADDRESS', 'private'],
    ['kafka://a.example.com:6379/t', 'BLOCKED_ADDRESS', 'another kind of service'],
    ['sqs://sqs.eu-west-1.amazonaws.com/orders', 'INVALID', 'has the form sqs://'],
    ['sqs://sqs.nowhere.amazonaws.com/123456789012/orders', 'INVALID', 'as in sqs.eu-west-1'],
    ['sqs://sns.eu-west-1.amazonaws.com/123456789012/orders', 'INVALID', 'as in sqs.eu-west-1'],
    ['sqs://sqs.eu-west-1.amazonaws.com/123456789012/orders?region=us-east-1', 'INVALID', 'eu-west-1'],
    ['sqs://a.example.com/123456789012/orders', 'INVALID', 'needs ?region='],
    ['sqs://sqs.eu-west-1.amazonaws.com/123456789012/orders?x=1', 'INVALID', 'its query may have region'],
    ['sqs://inside.example.com/123456789012/orders?region=eu-west-1', 'BLOCKED_ADDRESS', 'private'],
    ['sqs+http://169.254.169.254/123456789012/q?region=eu-west-1', 'BLOCKED_ADDRESS', 'private'],
    ['sns://sns.eu-west-1.amazonaws.com/orders', 'INVALID', 'has the form sns://'],
    [
      'sns://sns.eu-west-1.amazonaws.com/arn:aws:sns:us-east-1:123456789012:orders',
      'INVALID',
      'the topic is in us-east-1, the host in eu-west-1',
    ],
    ['eventbridge://events.eu-west-1.amazonaws.com/', 'INVALID', 'has the form eventbridge://'],
    ['eventbridge://events.eu-west-1.amazonaws.com/shop?source=aws.ec2', 'INVALID', 'begin with aws.'],
    ['pubsub://pubsub.googleapis.com/orders', 'INVALID', 'has the form pubsub://'],
    ['pubsub://10.0.0.1/projects/acme-shop/topics/orders', 'BLOCKED_ADDRESS', 'private'],
    ['posthog://eu.i.posthog.com/capture', 'INVALID', 'without a path'],
    ['posthog://inside.example.com', 'BLOCKED_ADDRESS', 'private'],
    ['ftp://a.example.com/', 'INVALID', 'begins with https:// or http://.'],
    ['no url', 'INVALID', 'forms'],
    [' https://a.example.com/', 'INVALID', 'no spaces before or after'],
    ['nats://', 'INVALID', 'has a host after its ://'],
    ['amqps://a.example.com/orders', 'INVALID', 'has the form amqps://'],
    ['amqps://a.example.com/v/x/y', 'INVALID', 'has the form amqps://'],
    ['amqps://a.example.com/v/x?frameMax=1', 'INVALID', 'has the form amqps://'],
    ['amqps://a.example.com/%ff/x', 'INVALID', 'has the form amqps://'],
    ['amqps://me:pw@a.example.com/v/x', 'INVALID', 'headers or credentials'],
    ['amqps://inside.example.com/v/x', 'BLOCKED_ADDRESS', 'private'],
    ['amqps://a.example.com:22/v/x', 'BLOCKED_ADDRESS', 'another kind of service'],
    ['https://a.example.com:5672/', 'BLOCKED_ADDRESS', 'another kind of service'],
    ['nats://a.example.com/orders.*', 'INVALID', 'wildcards'],
    ['nats://a.example.com/$JS.API.STREAM.DELETE.x', 'INVALID', 'has the form nats'],
    ['nats://localhost/a', 'BLOCKED_ADDRESS', 'localhost'],
    ['nats://inside.example.com/a', 'BLOCKED_ADDRESS', 'private'],
    ['slack://10.0.0.1/services', 'BLOCKED_ADDRESS', 'private'],
  ])('%s is refused', async (url, code, reason) => {
    expect(await destinations.checkUrl(url)).toEqual({
      ok: false,
      code,
      reason: expect.stringContaining(reason) as string,
    });
  });
});

describe('credentials', () => {
  const WEB = 'https://a.example.com/';
  const oauth2 = {
    type: 'oauth2',
    tokenUrl: 'https://a.example.com/t',
    clientId: 'c',
    clientSecret: 'hunter2',
  };

  const SQS = 'sqs://sqs.eu-west-1.amazonaws.com/123456789012/orders';
  const aws = { type: 'aws', accessKeyId: 'AKIDEXAMPLEEXAMPLE00', secretAccessKey: 'hunter2/x' };
  const PUBSUB = 'pubsub://pubsub.googleapis.com/projects/acme-shop/topics/orders';
  const account = {
    type: 'service_account',
    client_email: 'w@acme.iam.gserviceaccount.com',
    private_key: RSA_KEY,
  };

  it.each<[string, unknown]>([
    [WEB, null],
    [WEB, { type: 'basic', username: 'u', password: 'p' }],
    [WEB, { type: 'bearer', token: 't' }],
    ['amqps://a.example.com/v/x', { type: 'basic', username: 'u', password: 'p' }],
    ['nats://a.example.com/', null],
    ['nats://a.example.com/', { type: 'bearer', token: 't' }],
    ['slack://hooks.slack.com/services/a', null],
    [SQS, aws],
    [SQS, { ...aws, sessionToken: 't' }],
    ['kafka://a.example.com/t', null],
    ['kafka+tls://a.example.com/t', { type: 'sasl', mechanism: 'plain', username: 'u', password: 'p' }],
    ['posthog://eu.i.posthog.com', { type: 'bearer', token: 't' }],
  ])('of %s may be %j', async (url, given) => {
    expect(await destinations.checkCredentials(url, given)).toEqual({ ok: true, credentials: given });
  });

  it('of a service account are what is needed of the file that Google gives', async () => {
    const file = {
      ...account,
      project_id: 'acme-shop',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    };
    expect(await destinations.checkCredentials(PUBSUB, file)).toEqual({
      ok: true,
      credentials: { ...account, token_uri: 'https://oauth2.googleapis.com/token' },
    });
  });

  it('of OAuth 2.0 get the default of what is left out', async () => {
    expect(await destinations.checkCredentials(WEB, oauth2)).toEqual({
      ok: true,
      credentials: { ...oauth2, clientAuthentication: 'basic' },
    });
  });

  it.each<[string, unknown, string, string, string]>([
    [WEB, 'hunter2', 'INVALID', '', 'oauth2, http_signature or mtls'],
    [WEB, { token: 'hunter2' }, 'INVALID', 'type', 'oauth2, http_signature or mtls'],
    [WEB, { type: 'bearer', token: 'hunter2 x' }, 'INVALID', 'token', 'no space'],
    [WEB, { type: 'basic', username: 'u', password: 'hunter2\r\nx: y' }, 'INVALID', 'password', 'control'],
    [WEB, { type: 'bearer' }, 'INVALID', 'token', 'text is needed'],
    [WEB, { type: 'bearer', token: 't', pasword: 'hunter2' }, 'INVALID', 'pasword', 'there are type, token'],
    [WEB, { type: 'basic', username: 'a:b', password: 'hunter2' }, 'INVALID', 'username', 'colon'],
    [WEB, { ...oauth2, clientSecret: 'hunter2'.repeat(1000) }, 'INVALID', 'clientSecret', 'at most 4096'],
    [WEB, { ...oauth2, tokenUrl: 'https://10.0.0.1/' }, 'BLOCKED_ADDRESS', 'tokenUrl', 'private'],
    [WEB, { ...oauth2, tokenUrl: 'https://inside.example.com/' }, 'BLOCKED_ADDRESS', 'tokenUrl', 'private'],
    [WEB, { ...oauth2, tokenUrl: 'amqps://a.example.com/v/x' }, 'INVALID', 'tokenUrl', 'https://'],
    ['amqps://a.example.com/v/x', null, 'REQUIRED', '', 'type is basic'],
    ['amqps://a.example.com/v/x', { type: 'bearer', token: 'hunter2' }, 'INVALID', 'type', 'type is basic'],
    ['nats://a.example.com/', oauth2, 'INVALID', 'type', 'basic or bearer'],
    [SQS, null, 'REQUIRED', '', 'type is aws'],
    [SQS, { type: 'basic', username: 'u', password: 'hunter2' }, 'INVALID', 'type', 'type is aws'],
    [SQS, { ...aws, accessKeyId: 'hunter2' }, 'INVALID', 'accessKeyId', '16 to 128 letters'],
    [SQS, { ...aws, secretAccessKey: undefined }, 'INVALID', 'secretAccessKey', 'text is needed'],
    [SQS, { ...aws, sessionToken: 'hunter2 x' }, 'INVALID', 'sessionToken', 'no space'],
    [PUBSUB, null, 'REQUIRED', '', 'type is service_account'],
    [PUBSUB, { ...account, private_key: 'hunter2' }, 'INVALID', 'private_key', 'no PEM'],
    [PUBSUB, { ...account, private_key: '-----BEGIN hunter2' }, 'INVALID', 'private_key', 'cannot be read'],
    [PUBSUB, { ...account, token_uri: 'https://10.0.0.1/' }, 'BLOCKED_ADDRESS', 'token_uri', 'private'],
    [
      'kafka://a.example.com/t',
      { type: 'sasl', mechanism: 'gssapi', username: 'u', password: 'hunter2' },
      'INVALID',
      'mechanism',
      'scram',
    ],
    ['posthog://eu.i.posthog.com', null, 'REQUIRED', '', 'key of the project'],
    ['slack://hooks.slack.com/', { type: 'bearer', token: 'hunter2' }, 'INVALID', '', 'takes no credentials'],
  ])('of %s are refused: %j', async (url, given, code, field, message) => {
    const verdict = await destinations.checkCredentials(url, given);
    expect(verdict).toEqual({
      ok: false,
      problems: [{ code, field: field ? [field] : [], message: expect.stringContaining(message) as string }],
    });
    expect(JSON.stringify(verdict)).not.toContain('hunter2');
  });

  it('are refused with each key that there is none of, up to twenty of them, and cut off', async () => {
    const fieldsOf = async (keys: string[]): Promise<string[][]> => {
      const given = Object.fromEntries([
        ['type', 'bearer'],
        ['token', 't'],
        ...keys.map((key) => [key, 1]),
      ]) as object;
      const verdict = await destinations.checkCredentials(WEB, given);
      return verdict.ok ? [] : verdict.problems.map(({ field }) => field);
    };
    expect(await fieldsOf(['tokn', 'scope'])).toEqual([['tokn'], ['scope']]);
    expect(await fieldsOf(Array.from({ length: 1000 }, (_, n) => `key${n}`))).toHaveLength(20);
    expect(await fieldsOf(['k'.repeat(5000)])).toEqual([['k'.repeat(100)]]);
  });
});

describe('slack', () => {
  const messageFor = (data: string): string => {
    const event = {
      id: 'evt_1',
      type: 'order.placed',
      version: 1,
      occurredAt: new Date(),
      data: Buffer.from(data),
    };
    const own = destinations.ownPayload('SLACK://hooks.slack.com/services/x', event, 'STANDARD');
    return own?.body.toString() ?? '';
  };

  it('shows the type and the data, and lets data mention nobody', () => {
    expect(JSON.parse(messageFor('{"note":"<!channel> & co"}'))).toEqual({
      text: '*order.placed*\n```{"note":"&lt;!channel&gt; &amp; co"}```',
    });
    const long = JSON.parse(messageFor(`"${'x'.repeat(9000)}"`)) as { text: string };
    expect(long.text.length).toBeLessThan(3100);
  });

  it.each(['{"text":"Hello","channel":"#a"}', '{"blocks":[]}'])('takes a message as it is: %s', (data) => {
    expect(messageFor(data)).toBe(data);
  });

  it('posts it over HTTPS', async () => {
    const { cert, key } = makeCertificate({ names: ['127.0.0.1'] });
    const paths: (string | undefined)[] = [];
    const server = createServer({ cert, key }, ({ url }, response) => {
      paths.push(url);
      response.writeHead(429, { 'retry-after': '30' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = openDestinations({ certificateAuthorities: [cert] });
    const { port } = server.address() as AddressInfo;
    const answer = await own.send(makeDestinationRequest(`slack://127.0.0.1:${port}/services/T/B/x`));
    expect(answer).toMatchObject({ error: 'HTTP_429', response: { headers: { 'retry-after': '30' } } });
    expect(paths).toEqual(['/services/T/B/x']);
    await own.close();
    server.close();
  });
});
