import {
  newEd25519Secret,
  newHmacSecret,
  parseSecret,
  publicKeyOf,
} from '../../../../src/domain/request/webhook-secret';

const SPEC_PRIVATE =
  'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
const SPEC_PUBLIC = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';

const hmacOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

describe('a new secret', () => {
  it('for HMAC holds 32 random bytes', () => {
    const parsed = parseSecret(newHmacSecret());
    expect(parsed).toMatchObject({ ok: true, scheme: 'HMAC_SHA256' });
    expect(parsed.ok && parsed.key.length).toBe(32);
    expect(newHmacSecret()).not.toBe(newHmacSecret());
  });

  it('for ed25519 holds a seed and the public key that belongs to it', () => {
    const secret = newEd25519Secret();
    const parsed = parseSecret(secret);
    expect(parsed).toMatchObject({ ok: true, scheme: 'ED25519' });
    expect(parsed.ok && parsed.key.length).toBe(64);
    expect(publicKeyOf(secret)).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    expect(newEd25519Secret()).not.toBe(secret);
  });
});

describe('reading a secret', () => {
  it.each([
    ['the shortest allowed key', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 24],
    [
      'the longest allowed key',
      'whsec_TUdfVE5UMnZlci1TeWxOYXQtX1ZlTW1kLTRtMFdhYmEwanIxdHJvenRCbmlTQ2hFdzBnbHhFbWdFaTJLdzQwSA==',
      64,
    ],
    ['the key of the specification', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 24],
  ])('takes %s', (_, secret, bytes) => {
    const parsed = parseSecret(secret);
    expect(parsed.ok && parsed.key.length).toBe(bytes);
  });

  it('gives the bytes behind the base64, which are the HMAC key', () => {
    const parsed = parseSecret(hmacOf(30));
    expect(parsed.ok && parsed.key.equals(Buffer.alloc(30, 7))).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['one letter', 'w'],
    ['a prefix alone', 'whsec_'],
    ['what is not base64', 'whsec_%'],
    ['a wrong length', 'whsec_wronglength'],
    ['23 bytes', hmacOf(23)],
    ['65 bytes', hmacOf(65)],
    ['a misspelled prefix', 'hwsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
    ['no prefix', 'C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
    ['a public key', SPEC_PUBLIC],
    ['half an ed25519 key', `whsk_${Buffer.alloc(32, 7).toString('base64')}`],
    ['too long an ed25519 key', `whsk_${Buffer.alloc(65, 7).toString('base64')}`],
    ['base64 in the URL alphabet', 'whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD'],
    ['base64 without its padding', hmacOf(25).replace(/=+$/, '')],
    ['base64 with a stray bit', hmacOf(25).replace(/.==$/, 'x==')],
    ['a space at the end', `${hmacOf(32)} `],
    ['a line end at the end', `${hmacOf(32)}\n`],
  ])('refuses %s and says why', (_, secret) => {
    const parsed = parseSecret(secret);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.reason.length).toBeGreaterThan(10);
  });

  it('refuses an ed25519 secret whose public half belongs to another key', () => {
    const bytes = Buffer.from(SPEC_PRIVATE.slice(5), 'base64');
    bytes[63] = (bytes[63] ?? 0) ^ 1;
    expect(parseSecret(`whsk_${bytes.toString('base64')}`)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('public half') as string,
    });
  });

  it('never quotes the secret in its reason', () => {
    const almost = newHmacSecret().slice(0, -3);
    const parsed = parseSecret(almost);
    expect(!parsed.ok && parsed.reason).not.toContain(almost.slice(6, 14));
  });
});

describe('the public key of a secret', () => {
  it('is that of the specification for its sample', () => {
    expect(publicKeyOf(SPEC_PRIVATE)).toBe(SPEC_PUBLIC);
  });

  it('does not exist for an HMAC secret', () => {
    expect(() => publicKeyOf(newHmacSecret())).toThrow('only a valid ed25519 secret has a public key');
  });
});
