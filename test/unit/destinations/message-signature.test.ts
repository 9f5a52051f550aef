import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createVerifier, httpbis } from 'http-message-signatures';
import type { Destinations } from '../../../src/destinations/destinations';
import { signComponents } from '../../../src/destinations/http/message-signature';
import type { Credentials } from '../../../src/domain/request/credentials';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startReceiver, type Arrival, type Receiver } from '../../support/outsiders/receiver';

let receiver: Receiver;
let destinations: Destinations;

beforeAll(async () => {
  destinations = openDestinations();
  receiver = await startReceiver();
});
afterAll(async () => {
  await destinations.close();
  await receiver.close();
});

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const secret = randomBytes(32);
const KEYS = [
  {
    algorithm: 'hmac-sha256' as const,
    credentials: { type: 'http_signature', keyId: 'acme-1', secret: secret.toString('base64') },
    verify: createVerifier(secret, 'hmac-sha256'),
  },
  {
    algorithm: 'ed25519' as const,
    credentials: { type: 'http_signature', keyId: 'acme-1', privateKey: pem },
    verify: createVerifier(publicKey, 'ed25519'),
  },
];

/** The published examples, RFC 9421 appendix B.2.5 and B.2.6. */
describe('RFC 9421', () => {
  const CREATED = 1_618_884_473;

  it('has the same HMAC for its example', () => {
    const { input, signature } = signComponents(
      [
        ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
        ['@authority', 'example.com'],
        ['content-type', 'application/json'],
      ],
      CREATED,
      {
        type: 'http_signature',
        keyId: 'test-shared-secret',
        secret: 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==',
      },
    );
    expect(input).toBe('("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"');
    expect(signature).toBe('pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=');
  });

  it('has the same signature of Ed25519 for its example', () => {
    const { signature } = signComponents(
      [
        ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
        ['@method', 'POST'],
        ['@path', '/foo'],
        ['@authority', 'example.com'],
        ['content-type', 'application/json'],
        ['content-length', '18'],
      ],
      CREATED,
      {
        type: 'http_signature',
        keyId: 'test-key-ed25519',
        privateKey:
          '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n',
      },
    );
    expect(signature).toBe(
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
    );
  });
});

describe.each(KEYS)('with $algorithm', ({ algorithm, credentials, verify }) => {
  /** What another implementation says of it. */
  const judge = async (
    { headers }: Pick<Arrival, 'headers'>,
    url: string,
    method = 'POST',
  ): Promise<boolean | null> =>
    httpbis
      .verifyMessage(
        {
          keyLookup: ({ keyid }) =>
            Promise.resolve(keyid === 'acme-1' ? { id: keyid, algs: [algorithm], verify } : null),
          requiredFields: ['@method', '@target-uri', 'content-digest', 'content-type', 'webhook-id'],
        },
        { method, url, headers: headers as Record<string, string> },
      )
      .catch(() => false);

  it('signs what another implementation finds genuine, and nothing else than that', async () => {
    const url = receiver.url(`/${algorithm}/caf%C3%A9?a=1&b=%20`);
    const answer = await destinations.send(makeDestinationRequest(url, { credentials }));
    expect(answer.error).toBeUndefined();
    const arrival = receiver.arrivals.at(-1) as Arrival;
    expect(arrival.headers['content-digest']).toBe(
      `sha-256=:${createHash('sha256').update(arrival.body).digest('base64')}:`,
    );
    expect(arrival.headers['signature-input']).toBe(
      'sig1=("@method" "@target-uri" "content-digest" "content-type" "webhook-id" "webhook-timestamp");created=1790000000;keyid="acme-1"',
    );
    expect(await judge(arrival, url)).toBe(true);
    expect(await judge(arrival, `${url}1`)).toBe(false);
    expect(await judge(arrival, url, 'PUT')).toBe(false);
    for (const name of ['content-digest', 'content-type', 'webhook-id', 'webhook-timestamp']) {
      expect(await judge({ headers: { ...arrival.headers, [name]: 'forged' } }, url)).toBe(false);
    }
    expect(arrival.headers['webhook-signature']).toBe('v1,c2ln');
  });

  it('lets no header of the endpoint stand for its own', async () => {
    const url = receiver.url('/own');
    const headers = { signature: 'sig1=:AA==:', 'signature-input': 'sig1=()', 'content-digest': 'x' };
    await destinations.send(makeDestinationRequest(url, { credentials, headers }));
    expect(await judge(receiver.arrivals.at(-1) as Arrival, url)).toBe(true);
  });
});

it('says what is wrong with a key, and quotes nothing of it', async () => {
  const check = async (changes: object) => {
    const given = { type: 'http_signature', keyId: 'acme-1', ...changes };
    return destinations.checkCredentials('https://a.example.com/', given);
  };
  const good = { secret: secret.toString('base64') };
  for (const { credentials } of KEYS) expect(await check(credentials)).toMatchObject({ ok: true });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const faults: [object, string, string][] = [
    [{}, '', 'and not both'],
    [{ ...good, privateKey: pem }, '', 'and not both'],
    [{ secret: 'hunter2hunter2' }, 'secret', 'base64 of at least 32 bytes'],
    [{ secret: 'hunter2-'.repeat(8) }, 'secret', 'base64 of at least 32 bytes'],
    [{ ...good, keyId: 'hunter2"' }, 'keyId', 'no space, quote'],
    [{ privateKey: 'hunter2' }, 'privateKey', 'no PEM'],
    [{ privateKey: rsa.export({ format: 'pem', type: 'pkcs8' }) }, 'privateKey', 'Ed25519'],
  ];
  for (const [changes, field, message] of faults) {
    const verdict = await check(changes);
    const problems = 'problems' in verdict ? verdict.problems : [];
    expect(problems.map((problem) => problem.field.join('.'))).toContain(field);
    expect(problems.map((problem) => problem.message).join()).toContain(message);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  }
  const over: Credentials = { type: 'http_signature', keyId: 'acme-1', ...good };
  expect(await destinations.checkCredentials('http://a.example.com/', over)).toMatchObject({ ok: true });
});
