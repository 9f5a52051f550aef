import { Webhook } from 'standardwebhooks';
import { judgeSignature, type Judgement } from '../../../../src/cli/verify/judge-signature';
import { makeSigner } from '../../../../src/domain/request/signature';
import { newEd25519Secret, newHmacSecret, publicKeyOf } from '../../../../src/domain/request/webhook-secret';

const SECRET = newHmacSecret();
const NOW = 1_700_000_000_000;
const BODY = '{"total":42}';
/** By the official library, so that our own signer is not its own witness. */
const signature = new Webhook(SECRET).sign('dlv_1', new Date(NOW), BODY);

interface Change {
  secret?: string;
  body?: string;
  timestamp?: string;
  signature?: string;
  toleranceSeconds?: number;
  now?: number;
}

function judge(change: Change = {}): Judgement {
  const { secret = SECRET, body = BODY, toleranceSeconds = 300, now = NOW } = change;
  const headers = {
    id: 'dlv_1',
    timestamp: change.timestamp ?? String(NOW / 1000),
    signature: change.signature ?? signature,
  };
  return judgeSignature({ secret, headers, body: Buffer.from(body), toleranceSeconds, now });
}

describe('judgeSignature', () => {
  it('lets pass what the official library has signed', () => {
    expect(judge()).toEqual({ ok: true, reason: null, message: 'the signature fits' });
  });

  it('lets pass an ed25519 signature with the public key alone', () => {
    const secret = newEd25519Secret();
    const signed = makeSigner([secret])('dlv_1', NOW / 1000, Buffer.from(BODY));
    expect(judge({ secret: publicKeyOf(secret), signature: signed }).ok).toBe(true);
  });

  it.each<[string, Change, Judgement['reason'], RegExp]>([
    ['a changed body', { body: '{"total":43}' }, 'NO_MATCH', /the secret is another one, or the body/],
    ['another secret', { secret: newHmacSecret() }, 'NO_MATCH', /the secret is another one/],
    ['a newline at the end', { body: `${BODY}\n` }, 'NO_MATCH', /fits without the newline/],
    [
      'the other kind of secret',
      { secret: newEd25519Secret() },
      'NO_MATCH',
      /makes v1a signatures, .* has v1$/,
    ],
    ['no signature', { signature: '' }, 'NO_MATCH', /webhook-signature has none/],
    ['an old request', { now: NOW + 301_000 }, 'TOO_OLD', /301 s ago.*--any-age/],
    ['a request of the future', { now: NOW - 301_000 }, 'TOO_NEW', /301 s in the future/],
    ['a timestamp in words', { timestamp: 'yesterday' }, 'BAD_TIMESTAMP', /whole unix seconds/],
    ['a secret that is none', { secret: 'hunter2' }, 'BAD_SECRET', /starts with whsec_/],
    ['a malformed public key', { secret: 'whpk_AAAA' }, 'BAD_SECRET', /what follows whpk_/],
  ])('refuses %s and says why', (_, change, reason, message) => {
    expect(judge(change)).toMatchObject({ ok: false, reason });
    expect(judge(change).message).toMatch(message);
  });

  it('takes any age when the tolerance has no end', () => {
    expect(judge({ now: NOW + 1e12, toleranceSeconds: Infinity }).ok).toBe(true);
  });
});
