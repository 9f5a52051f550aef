import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';

const words = (text: string): string[] => text.trim().split(/\s+/);

const production = makeOutboundPolicy({ allowedNetworks: [] });
const demo = makeOutboundPolicy({ allowedNetworks: ['127.0.0.0/8', '::1/128'] });

const codeOf = (text: string, policy = production) => {
  const check = policy.checkUrl(text);
  return check.ok ? 'OK' : check.code;
};
const inUrl = (address: string) => (address.includes(':') ? `[${address}]` : address);

const FORBIDDEN_ADDRESSES = words(`
  0.0.0.0 0.1.2.3 10.254.0.0 100.64.0.1 100.100.0.0 100.100.100.200 127.0.0.1 127.0.0.254 127.254.254.254
  169.254.45.1 169.254.169.254 172.16.10.65 192.0.0.0 192.0.0.255 192.0.2.255 192.88.99.3 192.168.10.65
  198.18.0.0 198.51.100.65 203.0.113.6 224.1.2.3 233.252.0.16 240.240.240.240 255.255.255.255
  168.63.129.16 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 ::ffff:0.0.0.1
  ::ffff:168.63.129.16 64:ff9b::c0a8:0 64:ff9b::a9fe:a9fe 64:ff9b::808:808 64:ff9b:1::dead:beef
  2002:c0a8:1::dead:beef 2002:a9fe:a9fe::1 2001::1 2001:db8::1 3fff::1 5f00::1 100::1:2:3:4 fd00:ec2::254
  fd7a:115c:a1e0::1 fdee:3a45:9057::1 fe80::1 febf:ffff::1 fec0::1 ff02::1 4000::1
`);
const PUBLIC_ADDRESSES = [
  '1.1.1.1',
  '8.8.8.8',
  '2001:4860:4860::8888',
  '2606:4700:4700::1111',
  '::ffff:8.8.8.8',
];

const OTHER_SPELLINGS = words(`
  127.1 127.0.1 0177.01 0177.00.01 017700000001 0x7f.1 0x7f000001 0x7f.0x0.0x0.0x1 2130706433 127.0.0.1.
  [0:0:0:0:0:ffff:127.0.0.1] １２７。０。０。１ ①②⑦.⓪.⓪.① %31%32%37.0.0.1 0 0xA9FEA9FE
`);
const INSIDE_NAMES = words(`
  localhost localhost. LOCALHOST a.localhost %6cocalhost ｌｏｃａｌｈｏｓｔ intranet printer.local
  metadata.google.internal METADATA.google.internal. metadata instance-data kubernetes.default.svc
  api.default.svc.cluster.local db.internal router.home.arpa nas.lan
`);

describe('an address', () => {
  it.each(FORBIDDEN_ADDRESSES)('%s is not allowed, as text or in a URL', (address) => {
    expect(production.isAllowedAddress(address)).toBe(false);
    expect(codeOf(`http://${inUrl(address)}/`)).toBe('BLOCKED_ADDRESS');
  });

  it.each(PUBLIC_ADDRESSES)('%s is allowed, as text or in a URL', (address) => {
    expect(production.isAllowedAddress(address)).toBe(true);
    expect(codeOf(`http://${inUrl(address)}/`)).toBe('OK');
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '256.1.1.1', ':::'])(
    'that cannot be read (%j) is not allowed',
    (text) => {
      expect(makeOutboundPolicy({ allowedNetworks: ['0.0.0.0/0', '::/0'] }).isAllowedAddress(text)).toBe(
        false,
      );
    },
  );

  it('within an allowed network is allowed, also as IPv4 inside IPv6, and its neighbours are not', () => {
    const policy = makeOutboundPolicy({ allowedNetworks: ['10.1.0.0/16', 'fd00:1::/32'] });
    for (const address of ['10.1.0.1', '::ffff:10.1.255.255', 'fd00:1::5']) {
      expect(policy.isAllowedAddress(address)).toBe(true);
    }
    for (const address of ['10.2.0.1', 'fd00:2::5', '127.0.0.1', '169.254.169.254']) {
      expect(policy.isAllowedAddress(address)).toBe(false);
    }
  });
});

describe('the list of one tenant', () => {
  const policy = makeOutboundPolicy({
    allowedNetworks: [],
    // Wider than any that the API takes: what never opens does not depend on it.
    tenantNetworks: ['0.0.0.0/0', '::/0'],
  });

  it.each(['10.1.2.3', '192.168.0.1', '100.64.0.1', '127.0.0.1', '::1', 'fd00:1::5', '::ffff:10.0.0.1'])(
    'opens %s',
    (address) => expect(policy.isAllowedAddress(address)).toBe(true),
  );

  it.each([
    ...['169.254.169.254', '169.254.170.2', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '0.0.0.0'],
    ...[
      '2002:a9fe:a9fe::1',
      '100.100.100.200',
      '168.63.129.16',
      'fd00:ec2::254',
      'fe80::1',
      '224.1.2.3',
      '::',
    ],
    ...['2001::1', '255.255.255.255', '240.0.0.1', 'fd20:ce::254'],
  ])('never opens %s', (address) => {
    expect(policy.isAllowedAddress(address)).toBe(false);
    expect(codeOf(`http://${inUrl(address)}/`, policy)).toBe('BLOCKED_ADDRESS');
  });

  it('opens no port of another service on this machine, nor a metadata service by its name', () => {
    expect(codeOf('http://127.0.0.1:5672/', policy)).toBe('BLOCKED_ADDRESS');
    expect(codeOf('http://127.0.0.1:8080/', policy)).toBe('OK');
    expect(codeOf('http://metadata.google.internal/', policy)).toBe('BLOCKED_ADDRESS');
  });
});

it('refuses to start with a network that is not a CIDR', () => {
  expect(() => makeOutboundPolicy({ allowedNetworks: ['10.0.0.0'] })).toThrow();
});

describe('the text of a URL', () => {
  it.each([
    ['https://a.example:99999/', 'port'],
    ['https://a.example:http/', 'port'],
    ['https://[2001:4860:4860::8888]:65536/', 'port'],
    ['https://2001:4860:4860::8888/', 'in brackets'],
    ['https://[2001:4860:4860::8888/', 'in brackets'],
    ['https://[fe80::1%25eth0]/', 'has no zone'],
    ['https://a.exa^mple/', 'no name and no address'],
    ['https://300.1.1.1/', 'no name and no address'],
    ['https://a.example:1:2/', 'no name and no address'],
  ])('%s is refused for its %s', (url, words) => {
    expect(production.checkUrl(url)).toMatchObject({
      code: 'INVALID',
      reason: expect.stringContaining(words) as string,
    });
  });

  it.each(OTHER_SPELLINGS)('cannot hide an address as %s', (host) => {
    expect(codeOf(`http://${host}:8080/`)).toBe('BLOCKED_ADDRESS');
  });

  it.each(INSIDE_NAMES)('cannot name %s', (host) => {
    expect(codeOf(`https://${host}/`)).toBe('BLOCKED_ADDRESS');
  });

  it.each([
    ['with a user', 'http://A.com@127.0.0.1/'],
    ['with a user and password', 'https://u:p@example.com/'],
    ['with an empty user', 'https://@example.com/'],
    ['with a fragment', 'https://example.com/#a'],
    ['with an empty fragment', 'https://example.com/#'],
    ['with a tab', 'https://exam\tple.com/'],
    ['with a line end', 'https://example.com/\n'],
    ['with a carriage return', 'https://example.com/\r\nhost: evil'],
    ['with a leading space', ' https://example.com/'],
    ['with a space', 'https://example.com/a b'],
    ['with NUL', 'https://example.com/\0'],
    ['with a C1 control', 'https://example.com/\u0085'],
    ['with a backslash', 'https:\\\\example.com\\'],
    ['with a backslash before @', 'https://example.com\\@127.0.0.1/'],
    ['with an encoded NUL in the host', 'http://127.0.0.1%00.evil/'],
    ['with a zone', 'http://[fe80::1%25eth0]/'],
    ['without slashes', 'https:example.com'],
    ['with too many slashes', 'https:///example.com'],
    ['without a host', 'https://'],
    ['with an empty label', 'https://example..com/'],
    ['with a leading dot', 'https://.example.com/'],
    ['with a port that is none', 'https://example.com:99999/'],
    ['of another scheme', 'ftp://example.com/'],
    ['that reads a file', 'file:///etc/passwd'],
    ['that is script', 'javascript:alert(1)'],
    ['that is a word', 'example.com'],
    ['that is empty', ''],
  ])('%s is not taken', (_, text) => {
    expect(codeOf(text)).toBe('INVALID');
  });

  it.each([
    'https://example.com',
    'http://example.com/hook',
    'HTTPS://Example.COM:8443/hook?token=a%20b&x=[1]',
    'https://example.com:1024/',
    'https://my_host.example.com./',
    'https://127.0.0.1.nip.io/',
    'https://xn--mnchen-3ya.de/',
  ])('%s is taken', (text) => {
    expect(codeOf(text)).toBe('OK');
  });

  it('comes back with its host in punycode', () => {
    const check = production.checkUrl('https://München.de/ü?ö');
    expect(check.ok && check.url.href).toBe('https://xn--mnchen-3ya.de/%C3%BC?%C3%B6');
  });

  it('has at most 2048 characters, also once it is encoded', () => {
    const base = 'https://example.com/';
    expect(codeOf(base + 'a'.repeat(2048 - base.length))).toBe('OK');
    expect(codeOf(base + 'a'.repeat(2049 - base.length))).toBe('TOO_LONG');
    expect(codeOf(base + 'ü'.repeat(1000))).toBe('TOO_LONG');
  });

  it.each([
    ...[22, 25, 53, 110, 143, 389, 445, 465, 587, 2375, 3306, 5432, 5672, 6379, 9200, 11211, 15672, 27017, 0],
  ])('cannot name port %i', (port) => {
    expect(codeOf(`https://example.com:${port}/`)).toBe('BLOCKED_ADDRESS');
    expect(codeOf(`https://8.8.8.8:${port}/`)).toBe('BLOCKED_ADDRESS');
  });
});

describe('with loopback allowed', () => {
  it.each([
    'http://127.0.0.1:3000/',
    'http://localhost:3000/',
    'http://[::1]:3000/',
    'http://127.1:3000/',
    'http://a.localhost/',
  ])('%s may be reached', (text) => {
    expect(codeOf(text, demo)).toBe('OK');
  });

  it.each([...OTHER_SPELLINGS.filter((host) => !/^(0|0xA9FEA9FE)$/.test(host))])(
    '%s is loopback in another spelling',
    (host) => {
      expect(codeOf(`http://${host}:3000/`, demo)).toBe('OK');
    },
  );

  it('its ports from 1024 on are free to use, those below stay closed', () => {
    expect(codeOf('http://127.0.0.1:5432/', demo)).toBe('OK');
    expect(codeOf('http://localhost:5672/', demo)).toBe('OK');
    expect(codeOf('http://127.0.0.1:25/', demo)).toBe('BLOCKED_ADDRESS');
    expect(codeOf('http://example.com:5432/', demo)).toBe('BLOCKED_ADDRESS');
  });

  it.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/',
    'http://metadata.google.internal/',
    'http://intranet/',
  ])('%s stays closed', (text) => {
    expect(codeOf(text, demo)).toBe('BLOCKED_ADDRESS');
  });

  it('localhost needs the loopback network itself, not just any', () => {
    expect(codeOf('http://localhost/', makeOutboundPolicy({ allowedNetworks: ['10.0.0.0/8'] }))).toBe(
      'BLOCKED_ADDRESS',
    );
    expect(codeOf('http://localhost/', makeOutboundPolicy({ allowedNetworks: ['::1/128'] }))).toBe('OK');
  });
});
