import crypto, { createHash, createHmac } from 'node:crypto';
import { makeCallersByKey } from '../../src/api/sign-in/callers-by-key';
import { verifySignature } from '../../src/domain/request/signature';
import { newHmacSecret } from '../../src/domain/request/webhook-secret';
import { checkSignature } from '../../src/inspect/check-signature';
import { makeOriginSeal } from '../../src/runtime/origin-seal';
import { PROVIDERS } from '../../src/sources/receive-webhook';
import type { SourceProvider } from '../../src/domain/source';
import { makeRequest } from './sources/made-up-request';

const NOW = Date.now();
const SECONDS = String(Math.floor(NOW / 1000));
const SECRET = newHmacSecret();
const BODY = '{"a":1}';
const MASTER_KEY = `k:${Buffer.alloc(32, 1).toString('base64')}`;
const ADDRESS = 'https://warren.example/in/src_1';

const hmac = (algorithm: string, encoding: 'hex' | 'base64', ...content: string[]): string =>
  createHmac(algorithm, SECRET).update(content.join('')).digest(encoding);

/** The headers, and where it is not the plain one the address, of a genuine request of each provider. */
const SIGNED: Record<SourceProvider, { headers: Record<string, string>; url?: string }> = {
  STRIPE: { headers: { 'stripe-signature': `t=${SECONDS},v1=${hmac('sha256', 'hex', SECONDS, '.', BODY)}` } },
  GITHUB: { headers: { 'x-hub-signature-256': `sha256=${hmac('sha256', 'hex', BODY)}` } },
  SHOPIFY: { headers: { 'x-shopify-hmac-sha256': hmac('sha256', 'base64', BODY) } },
  TWILIO: signedByTwilio(),
  SLACK: {
    headers: {
      'x-slack-signature': `v0=${hmac('sha256', 'hex', 'v0:', SECONDS, ':', BODY)}`,
      'x-slack-request-timestamp': SECONDS,
    },
  },
  STANDARD_WEBHOOKS: { headers: standardHeaders() },
};

function signedByTwilio() {
  const url = `${ADDRESS}?bodySHA256=${createHash('sha256').update(BODY).digest('hex')}`;
  return { url, headers: { 'x-twilio-signature': hmac('sha1', 'base64', url) } };
}

function standardHeaders() {
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`msg_1.${SECONDS}.${BODY}`).digest('base64');
  return { 'webhook-id': 'msg_1', 'webhook-timestamp': SECONDS, 'webhook-signature': `v1,${signature}` };
}

/** Each way in which somebody proves with a secret who they are; true: taken. */
const VERIFIERS: Record<string, () => boolean | Promise<boolean>> = {
  ...Object.fromEntries(
    Object.entries(SIGNED).map(([provider, { headers, url }]) => [
      `a webhook of ${provider}`,
      () =>
        PROVIDERS[provider as SourceProvider].verify(makeRequest(headers, BODY, url), [SECRET], NOW) ===
        'genuine',
    ]),
  ),
  'the operator’s key': async () => {
    const apiKeys = {
      findByHash: () => Promise.resolve(undefined),
      findLive: () => Promise.resolve(undefined),
      noteUse: () => Promise.resolve(),
    };
    const callers = makeCallersByKey({ operatorKey: 'the key', apiKeys, log: { warn: () => undefined } });
    return (await callers.find('the key')) !== undefined;
  },
  'the seal of Warren’s own events': () => {
    const seal = makeOriginSeal([MASTER_KEY]);
    return seal.isGenuine(seal.seal('evt_1', 'warren.x'), 'evt_1', 'warren.x');
  },
  'a signature that an inspector checks': () => {
    const headers = standardHeaders();
    const parts = {
      id: headers['webhook-id'],
      timestamp: headers['webhook-timestamp'],
      signature: headers['webhook-signature'],
      body: Buffer.from(BODY),
    };
    return checkSignature(parts, [SECRET], NOW) === 'VERIFIED';
  },
  'a signature that `warren verify` judges': () => {
    const headers = standardHeaders();
    return verifySignature({
      secret: SECRET,
      id: headers['webhook-id'],
      timestamp: headers['webhook-timestamp'],
      header: headers['webhook-signature'],
      body: Buffer.from(BODY),
      toleranceSeconds: 300,
      now: NOW,
    }).ok;
  },
};

describe.each(Object.entries(VERIFIERS))('%s', (_, isTaken) => {
  afterEach(() => jest.restoreAllMocks());

  it('is taken when it is right', async () => {
    expect(await isTaken()).toBe(true);
  });

  it('is believed by nothing but a comparison in constant time', async () => {
    const compare = jest.spyOn(crypto, 'timingSafeEqual').mockReturnValue(false);
    expect(await isTaken()).toBe(false);
    expect(compare).toHaveBeenCalled();
  });
});
