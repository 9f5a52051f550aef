import type { LookupAddress } from 'node:dns';
import { makeHttpDestination } from '../../../src/destinations/http/http';
import type { OutboundPolicy } from '../../../src/destinations/outbound-policy';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import type { HostileReceiver } from '../../support/outsiders/hostile-receiver';
import { behaviours, startHostileReceiver } from '../../support/outsiders/hostile-receiver';

/** A listener on every way to this machine; nothing may ever connect to it, until the last test proves it listens. */
let canary: HostileReceiver;
beforeAll(async () => {
  canary = await startHostileReceiver(behaviours.answer(200), { host: '::' });
});
afterAll(() => canary.close());

const answers = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

async function sendUnder(policy: OutboundPolicy, url: string) {
  const destination = makeHttpDestination({ policy, userAgent: 'Warren/test' });
  const answer = await destination.send({ url, headers: {}, body: Buffer.from('{}'), timeoutMs: 5000 });
  await destination.close();
  return answer;
}

const resolvingTo = (...addresses: string[]) =>
  makeOutboundPolicy({ allowedNetworks: [], resolve: () => Promise.resolve(answers(...addresses)) });

const BLOCKED = {
  error: 'BLOCKED_ADDRESS',
  errorDetail: expect.stringMatching(/^Not sent: .+\.$/) as string,
};

describe('sending', () => {
  it.each([
    ...[
      '127.0.0.1',
      '127.0.0.254',
      '127.1',
      '0177.01',
      '017700000001',
      '0x7f.1',
      '2130706433',
      '0.0.0.0',
      '0',
      '127.0.0.1.',
    ],
    ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '１２７。０。０。１'],
    ...[
      'localhost',
      'localhost.',
      'LOCALHOST',
      'a.localhost',
      'intranet',
      'metadata.google.internal',
      '169.254.169.254',
    ],
    ...['user@127.0.0.1', '127.0.0.1%00.evil', '127.0.0.1\\@example.com'],
  ])('to %s does not connect', async (host) => {
    const answer = await sendUnder(resolvingTo('127.0.0.1'), `http://${host}:${canary.port}/`);
    expect(answer).toMatchObject(BLOCKED);
    expect(answer.response).toBeUndefined();
    expect(canary.connections()).toBe(0);
  });

  it.each([
    ['loopback, as localtest.me and 127.0.0.1.nip.io do', ['127.0.0.1']],
    ['IPv6 loopback', ['::1']],
    ['IPv4 loopback inside IPv6', ['::ffff:127.0.0.1']],
    ['loopback among public addresses', ['127.0.0.1', '8.8.8.8']],
    ['the unspecified address', ['0.0.0.0']],
  ])('to a name that leads to %s does not connect', async (_, addresses) => {
    const answer = await sendUnder(resolvingTo(...addresses), `http://receiver.example:${canary.port}/`);
    expect(answer).toMatchObject(BLOCKED);
    expect(canary.connections()).toBe(0);
  });

  it('to a name that was public when it was saved and is not now (rebinding) does not connect', async () => {
    const replies = [answers('8.8.8.8'), answers('127.0.0.1')];
    const policy = makeOutboundPolicy({
      allowedNetworks: [],
      resolve: () => Promise.resolve(replies.shift() ?? []),
    });
    const url = `http://rebound.example:${canary.port}/`;
    expect(await policy.checkResolved(url)).toMatchObject({ ok: true });
    expect(await sendUnder(policy, url)).toMatchObject(BLOCKED);
    expect(canary.connections()).toBe(0);
  });

  it('checks an address literal also when the text was let through', async () => {
    const policy = resolvingTo('8.8.8.8');
    const lenient: OutboundPolicy = { ...policy, checkUrl: (text) => ({ ok: true, url: new URL(text) }) };
    for (const host of ['127.0.0.1', '[::1]']) {
      expect(await sendUnder(lenient, `http://${host}:${canary.port}/`)).toMatchObject(BLOCKED);
    }
    expect(canary.connections()).toBe(0);
  });

  it('ignores a proxy in the environment', async () => {
    const proxy = await startHostileReceiver(behaviours.answer(200));
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'];
    for (const name of names) process.env[name] = proxy.origin;
    const receiver = await startHostileReceiver(behaviours.answer(201));
    const answer = await sendUnder(makeOutboundPolicy({ allowedNetworks: ['127.0.0.0/8'] }), receiver.origin);
    for (const name of names) Reflect.deleteProperty(process.env, name);
    expect(answer.response?.status).toBe(201);
    expect(proxy.connections()).toBe(0);
    await proxy.close();
    await receiver.close();
  });

  it('reaches the same listener once loopback is allowed, so the tests above could have failed', async () => {
    const policy = makeOutboundPolicy({
      allowedNetworks: ['127.0.0.0/8', '::1/128'],
      resolve: () => Promise.resolve(answers('127.0.0.1')),
    });
    for (const host of ['127.0.0.1', '[::1]', 'localhost', 'receiver.example']) {
      expect(await sendUnder(policy, `http://${host}:${canary.port}/`)).toMatchObject({
        response: { status: 200 },
      });
    }
    expect(canary.connections()).toBe(4);
  });

  it('says nothing to a peer that the lookup did not announce', async () => {
    const policy = resolvingTo('8.8.8.8');
    const before = canary.requests.length;
    const lying: OutboundPolicy = {
      ...policy,
      lookup: (_, { all }, callback) =>
        all ? callback(null, answers('127.0.0.1')) : callback(null, '127.0.0.1', 4),
    };
    expect(await sendUnder(lying, `http://receiver.example:${canary.port}/`)).toMatchObject(BLOCKED);
    expect(canary.connections()).toBe(5);
    expect(canary.requests.length).toBe(before);
  });
});
