import { Webhook } from 'standardwebhooks';
import type { SignedMessage } from '../../../../src/domain/request/signature';
import { makeSigner, verifySignature } from '../../../../src/domain/request/signature';
import { newEd25519Secret, newHmacSecret, publicKeyOf } from '../../../../src/domain/request/webhook-secret';

const SPEC = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: Buffer.from('{"test": 2432232314}'),
  hmacSecret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  v1: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  privateKey: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  v1a: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
};

describe('signing', () => {
  it('makes the v1 signature of the specification', () => {
    expect(makeSigner([SPEC.hmacSecret])(SPEC.id, SPEC.timestamp, SPEC.body)).toBe(SPEC.v1);
  });

  it('makes the v1a signature of the specification', () => {
    expect(makeSigner([SPEC.privateKey])(SPEC.id, SPEC.timestamp, SPEC.body)).toBe(SPEC.v1a);
  });

  it('signs with every secret, in the order given, while a rotation overlaps', () => {
    const signer = makeSigner([SPEC.privateKey, SPEC.hmacSecret]);
    expect(signer(SPEC.id, SPEC.timestamp, SPEC.body)).toBe(`${SPEC.v1a} ${SPEC.v1}`);
  });

  it('signs bytes, not text: a body that is not UTF-8 keeps its own signature', () => {
    const signer = makeSigner([SPEC.hmacSecret]);
    const signatures = [[0xff], [0xfe], [0xef, 0xbf, 0xbd]].map((bytes) =>
      signer('id', 1, Buffer.from(bytes)),
    );
    expect(new Set(signatures).size).toBe(3);
  });

  it('is verified by the reference library, also with an older secret', () => {
    const [older, newer] = [newHmacSecret(), newHmacSecret()];
    const body = Buffer.from('{"type":"order.placed","data":{"é":12345678901234567890}}');
    const seconds = Math.floor(Date.now() / 1000);
    const headers = {
      'webhook-id': 'dlv_1',
      'webhook-timestamp': String(seconds),
      'webhook-signature': makeSigner([newer, older])('dlv_1', seconds, body),
    };
    for (const secret of [newer, older]) expect(new Webhook(secret).verify(body, headers)).toBeDefined();
    expect(() => new Webhook(newHmacSecret()).verify(body, headers)).toThrow('No matching signature');
  });

  it('refuses an id with a dot, which would shift what the signature covers', () => {
    expect(() => makeSigner([SPEC.hmacSecret])('a.1', 1, SPEC.body)).toThrow('dot');
  });

  it('refuses to be made without a usable secret', () => {
    expect(() => makeSigner([])).toThrow('at least one secret');
    expect(() => makeSigner([SPEC.hmacSecret, 'whsec_short'])).toThrow('cannot sign');
  });
});

describe('verifying', () => {
  const now = SPEC.timestamp * 1000;
  const message: SignedMessage = {
    secret: SPEC.hmacSecret,
    id: SPEC.id,
    timestamp: String(SPEC.timestamp),
    body: SPEC.body,
    header: SPEC.v1,
    toleranceSeconds: 300,
    now,
  };
  const verify = (changes: Partial<SignedMessage>) => verifySignature({ ...message, ...changes });

  it('accepts what was signed, with the HMAC secret, the private key or the public key', () => {
    expect(verify({})).toEqual({ ok: true });
    expect(verify({ secret: SPEC.privateKey, header: SPEC.v1a })).toEqual({ ok: true });
    expect(verify({ secret: publicKeyOf(SPEC.privateKey), header: SPEC.v1a })).toEqual({ ok: true });
  });

  it('accepts a header in which only one signature fits', () => {
    expect(verify({ header: `v1,${'A'.repeat(43)}= v2,abc ${SPEC.v1a} ${SPEC.v1}` })).toEqual({ ok: true });
  });

  it('accepts what the reference library signed', () => {
    const secret = newHmacSecret();
    const header = new Webhook(secret).sign(SPEC.id, new Date(now), SPEC.body.toString());
    expect(verify({ secret, header })).toEqual({ ok: true });
  });

  it.each<[string, Partial<SignedMessage>]>([
    ['another body', { body: Buffer.from('{"test":2432232314}') }],
    ['another id', { id: 'msg_other' }],
    ['another time', { timestamp: String(SPEC.timestamp + 1) }],
    ['another secret', { secret: newHmacSecret() }],
    ['another public key', { secret: publicKeyOf(newEd25519Secret()), header: SPEC.v1a }],
    ['a signature of the other scheme', { header: SPEC.v1a }],
    ['the signature under the wrong version', { header: SPEC.v1.replace('v1,', 'v2,') }],
    ['a signature cut short', { header: SPEC.v1.slice(0, 20) }],
    ['an ed25519 signature cut short', { secret: SPEC.privateKey, header: SPEC.v1a.slice(0, 30) }],
    ['an empty header', { header: '' }],
  ])('refuses %s', (_, changes) => {
    expect(verify(changes)).toEqual({ ok: false, reason: 'NO_MATCH' });
  });

  it('refuses what is older or newer than the tolerance, and takes what is just within', () => {
    expect(verify({ now: now + 300_000 })).toEqual({ ok: true });
    expect(verify({ now: now + 300_001 })).toEqual({ ok: false, reason: 'TOO_OLD' });
    expect(verify({ now: now - 300_000 })).toEqual({ ok: true });
    expect(verify({ now: now - 300_001 })).toEqual({ ok: false, reason: 'TOO_NEW' });
  });

  it('says so when the secret or the timestamp cannot be read', () => {
    expect(verify({ secret: 'whsec_%' })).toEqual({ ok: false, reason: 'BAD_SECRET' });
    for (const timestamp of ['', 'soon', '-1', '1.5', '1e9']) {
      expect(verify({ timestamp })).toEqual({ ok: false, reason: 'BAD_TIMESTAMP' });
    }
  });
});
