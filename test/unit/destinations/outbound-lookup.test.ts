import type { LookupAddress } from 'node:dns';
import { connect } from 'node:net';
import type { OutboundPolicy } from '../../../src/destinations/outbound-policy';
import { BlockedAddressError, makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { startHostileReceiver } from '../../support/outsiders/hostile-receiver';

const answers = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const nothingResolves = () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
const production = makeOutboundPolicy({ allowedNetworks: [], resolve: nothingResolves });
const demo = makeOutboundPolicy({ allowedNetworks: ['127.0.0.0/8', '::1/128'], resolve: nothingResolves });

it('lets names of the inside pass once a private network is allowed, and judges what they resolve to', async () => {
  const resolve = (host: string) => Promise.resolve(answers(host === 'receiver' ? '172.20.0.5' : '10.0.0.5'));
  const policy = makeOutboundPolicy({ allowedNetworks: ['172.16.0.0/12'], resolve });
  expect(await policy.checkResolved('http://receiver:3000/')).toMatchObject({ ok: true });
  expect(await policy.checkResolved('http://database:3000/')).toMatchObject({
    ok: false,
    code: 'BLOCKED_ADDRESS',
  });
  expect(policy.checkUrl('http://metadata.google.internal/')).toMatchObject({
    ok: false,
    code: 'BLOCKED_ADDRESS',
  });
});

describe('a name, resolved', () => {
  const resolving = (...addresses: string[]) =>
    makeOutboundPolicy({ allowedNetworks: [], resolve: () => Promise.resolve(answers(...addresses)) });

  it.each([
    ['public only', ['8.8.8.8', '2606:4700:4700::1111'], true],
    ['private only', ['10.0.0.1'], false],
    ['loopback, as localtest.me does', ['127.0.0.1'], false],
    ['one private among public', ['8.8.8.8', '192.168.0.1', '1.1.1.1'], false],
    ['a private AAAA beside a public A', ['8.8.8.8', 'fd00::1'], false],
    ['the metadata address', ['169.254.169.254'], false],
    ['loopback as IPv4 inside IPv6', ['::ffff:127.0.0.1'], false],
  ])('to %s', async (_, addresses, ok) => {
    const check = await resolving(...addresses).checkResolved('https://receiver.example/');
    expect(check.ok).toBe(ok);
  });

  it('passes when it has no answer yet: the guard at sending still stands', async () => {
    expect(await production.checkResolved('https://receiver.example/')).toMatchObject({ ok: true });
  });

  it('passes when DNS takes too long', async () => {
    const policy = makeOutboundPolicy({
      allowedNetworks: [],
      resolve: () => new Promise(() => undefined),
      resolveTimeoutMs: 20,
    });
    expect(await policy.checkResolved('https://receiver.example/')).toMatchObject({ ok: true });
  });

  it('is not looked up when its text is refused, or when it is an address', async () => {
    const resolve = jest.fn(nothingResolves);
    const policy = makeOutboundPolicy({ allowedNetworks: ['127.0.0.0/8'], resolve });
    expect(await policy.checkResolved('http://intranet/')).toMatchObject({
      ok: false,
      code: 'BLOCKED_ADDRESS',
    });
    expect(await policy.checkResolved('http://127.0.0.1:3000/')).toMatchObject({ ok: true });
    expect(await policy.checkResolved('http://localhost:3000/')).toMatchObject({ ok: true });
    expect(resolve).not.toHaveBeenCalled();
  });
});

describe('the lookup for connections', () => {
  const lookUp = (policy: OutboundPolicy, hostname: string, options = {}) =>
    new Promise((resolve, reject) => {
      policy.lookup(hostname, options, (error, address, family) =>
        error ? reject(error) : resolve({ address, family }),
      );
    });

  it('gives every address or the first of the family asked for', async () => {
    const resolve = () => Promise.resolve(answers('8.8.8.8', '2606:4700:4700::1111'));
    const policy = makeOutboundPolicy({ allowedNetworks: [], resolve });
    expect(await lookUp(policy, 'a.example', { all: true })).toMatchObject({ address: await resolve() });
    expect(await lookUp(policy, 'a.example')).toEqual({ address: '8.8.8.8', family: 4 });
    expect(await lookUp(policy, 'a.example', { family: 6 })).toEqual({
      address: '2606:4700:4700::1111',
      family: 6,
    });
  });

  it('fails when a single answer is forbidden', async () => {
    const policy = makeOutboundPolicy({
      allowedNetworks: [],
      resolve: () => Promise.resolve(answers('8.8.8.8', '10.0.0.1')),
    });
    await expect(lookUp(policy, 'a.example', { all: true })).rejects.toBeInstanceOf(BlockedAddressError);
  });

  it('hands on what the resolver says', async () => {
    await expect(lookUp(production, 'a.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('says that a name has no address of the family asked for', async () => {
    const policy = makeOutboundPolicy({
      allowedNetworks: [],
      resolve: () => Promise.resolve(answers('8.8.8.8')),
    });
    await expect(lookUp(policy, 'a.example', { family: 6 })).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('gives localhost the loopback addresses that are allowed, without asking anybody', async () => {
    expect(await lookUp(demo, 'localhost', { all: true })).toMatchObject({
      address: answers('127.0.0.1', '::1'),
    });
    await expect(lookUp(production, 'localhost', { all: true })).rejects.toBeInstanceOf(BlockedAddressError);
  });

  it('asks once for a name that many connections wait for, and again for the next one', async () => {
    const resolve = jest.fn(() => Promise.resolve(answers('8.8.8.8')));
    const policy = makeOutboundPolicy({ allowedNetworks: [], resolve });
    await Promise.all([
      lookUp(policy, 'a.example'),
      lookUp(policy, 'a.example'),
      lookUp(policy, 'b.example'),
    ]);
    expect(resolve).toHaveBeenCalledTimes(2);
    await lookUp(policy, 'a.example');
    expect(resolve).toHaveBeenCalledTimes(3);
  });

  it('works as the lookup of net.connect, and nothing connects where it may not', async () => {
    const canary = await startHostileReceiver(() => undefined);
    const resolve = () => Promise.resolve(answers('127.0.0.1'));
    const dial = ({ lookup }: OutboundPolicy) =>
      new Promise((done, fail) => {
        const socket = connect({ host: 'rebound.example', port: canary.port, lookup });
        socket.on('connect', () => done(socket.destroy()));
        socket.on('error', fail);
      });
    await expect(dial(makeOutboundPolicy({ allowedNetworks: [], resolve }))).rejects.toBeInstanceOf(
      BlockedAddressError,
    );
    await dial(makeOutboundPolicy({ allowedNetworks: ['127.0.0.0/8'], resolve }));
    expect(canary.connections()).toBe(1);
    await canary.close();
  });
});
