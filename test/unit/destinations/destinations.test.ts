import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { buildRequest } from '../../../src/deliver/build-request';
import { makeCertificate } from '../../support/certificate';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { makeEndpoint } from '../made-up-tenant';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

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
  ])('may be %s', async (url) => {
    expect(await destinations.checkUrl(url)).toMatchObject({ ok: true });
  });

  it.each([
    ['kafka://a.example.com/t', 'INVALID', 'amqps://host/vhost/exchange'],
    ['ftp://a.example.com/', 'INVALID', 'one of these forms: https://host/path'],
    ['no url', 'INVALID', 'forms'],
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

  it.each<[string, unknown]>([
    [WEB, null],
    [WEB, { type: 'basic', username: 'u', password: 'p' }],
    [WEB, { type: 'bearer', token: 't' }],
    ['amqps://a.example.com/v/x', { type: 'basic', username: 'u', password: 'p' }],
    ['nats://a.example.com/', null],
    ['nats://a.example.com/', { type: 'bearer', token: 't' }],
    ['slack://hooks.slack.com/services/a', null],
  ])('of %s may be %j', async (url, given) => {
    expect(await destinations.checkCredentials(url, given)).toEqual({ ok: true, credentials: given });
  });

  it('of OAuth 2.0 get the default of what is left out', async () => {
    expect(await destinations.checkCredentials(WEB, oauth2)).toEqual({
      ok: true,
      credentials: { ...oauth2, clientAuthentication: 'basic' },
    });
  });

  it.each<[string, unknown, string, string, string]>([
    [WEB, 'hunter2', 'INVALID', '', 'basic, bearer or oauth2'],
    [WEB, { token: 'hunter2' }, 'INVALID', 'type', 'basic, bearer or oauth2'],
    [WEB, { type: 'bearer', token: 'hunter2 x' }, 'INVALID', 'token', 'no space'],
    [WEB, { type: 'basic', username: 'u', password: 'hunter2\r\nx: y' }, 'INVALID', 'password', 'control'],
    [WEB, { type: 'bearer' }, 'INVALID', 'token', 'text is needed'],
    [WEB, { type: 'bearer', token: 't', pasword: 'hunter2' }, 'INVALID', '', 'pasword'],
    [WEB, { type: 'basic', username: 'a:b', password: 'hunter2' }, 'INVALID', 'username', 'colon'],
    [WEB, { ...oauth2, clientSecret: 'hunter2'.repeat(1000) }, 'INVALID', 'clientSecret', 'at most 4096'],
    [WEB, { ...oauth2, tokenUrl: 'https://10.0.0.1/' }, 'BLOCKED_ADDRESS', 'tokenUrl', 'private'],
    [WEB, { ...oauth2, tokenUrl: 'https://inside.example.com/' }, 'BLOCKED_ADDRESS', 'tokenUrl', 'private'],
    [WEB, { ...oauth2, tokenUrl: 'amqps://a.example.com/v/x' }, 'INVALID', 'tokenUrl', 'https://'],
    ['amqps://a.example.com/v/x', null, 'REQUIRED', '', 'type is basic'],
    ['amqps://a.example.com/v/x', { type: 'bearer', token: 'hunter2' }, 'INVALID', 'type', 'type is basic'],
    ['nats://a.example.com/', oauth2, 'INVALID', 'type', 'basic or bearer'],
    ['slack://hooks.slack.com/', { type: 'bearer', token: 'hunter2' }, 'INVALID', '', 'takes no credentials'],
  ])('of %s are refused: %j', async (url, given, code, field, message) => {
    const verdict = await destinations.checkCredentials(url, given);
    expect(verdict).toEqual({
      ok: false,
      problems: [{ code, field: field ? [field] : [], message: expect.stringContaining(message) as string }],
    });
    expect(JSON.stringify(verdict)).not.toContain('hunter2');
  });
});

describe('slack', () => {
  const material = (data: string) => ({
    deliveryId: 'dlv_1',
    attempt: 1,
    tenantSlug: 'acme',
    event: { id: 'evt_1', type: 'order.placed', version: 1, occurredAt: new Date(), data: Buffer.from(data) },
  });
  const messageFor = (data: string): string => {
    const endpoint = makeEndpoint({ url: 'slack://hooks.slack.com/services/x' });
    return buildRequest(endpoint, material(data), 'Warren/test', new Date()).body.toString();
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
