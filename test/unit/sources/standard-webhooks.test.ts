import { Webhook } from 'standardwebhooks';
import { newEd25519Secret, newHmacSecret, publicKeyOf } from '../../../src/domain/request/webhook-secret';
import { standardWebhooks } from '../../../src/sources/standard-webhooks';
import { eventOf, makeRequest, withBody, withHeaders } from './made-up-request';

/** The sample of the specification. */
const SPEC = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  seconds: 1614265330,
  body: '{"test": 2432232314}',
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  v1: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  publicKey: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
  v1a: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
};
const NOW = SPEC.seconds * 1000;

const signed = (signature: string, prefix = 'webhook') =>
  makeRequest(
    {
      [`${prefix}-id`]: SPEC.id,
      [`${prefix}-timestamp`]: String(SPEC.seconds),
      [`${prefix}-signature`]: signature,
    },
    SPEC.body,
  );
const request = signed(SPEC.v1);
const verify = (of: typeof request, secrets = [SPEC.secret], now = NOW) =>
  standardWebhooks.verify(of, secrets, now);

describe('a webhook by the standard', () => {
  it('is genuine as the specification has it, symmetric and asymmetric', () => {
    expect(verify(request)).toBe('genuine');
    expect(verify(signed(SPEC.v1a), [SPEC.publicKey])).toBe('genuine');
  });

  it('is genuine when the reference library signed it', () => {
    const secret = newHmacSecret();
    const at = new Date(NOW);
    const signature = new Webhook(secret).sign(SPEC.id, at, SPEC.body);
    expect(verify(signed(signature), [secret])).toBe('genuine');
  });

  it('may have headers as they were before the standard', () => {
    expect(verify(signed(SPEC.v1, 'svix'))).toBe('genuine');
    expect(eventOf(standardWebhooks.read(signed(SPEC.v1, 'svix'))).deliveryId).toBe(SPEC.id);
  });

  it.each([
    ['the body is another', withBody(request, '{"test": 2432232315}')],
    ['the id is another', withHeaders(request, { 'webhook-id': 'msg_other' })],
    ['the time is another', withHeaders(request, { 'webhook-timestamp': String(SPEC.seconds + 1) })],
    ['the signature is of the other scheme', signed(SPEC.v1.replace('v1,', 'v1a,'))],
    ['the time is no number', withHeaders(request, { 'webhook-timestamp': 'soon' })],
  ])('is forged when %s', (_what, forged) => {
    expect(verify(forged)).toBe('forged');
  });

  it('is forged when part of the body is passed off as the id', () => {
    const secret = newHmacSecret();
    const body = `${SPEC.seconds}.{}`;
    const signature = new Webhook(secret).sign('msg_1', new Date(NOW), body);
    const shifted = makeRequest(
      {
        'webhook-id': `msg_1.${SPEC.seconds}`,
        'webhook-timestamp': String(SPEC.seconds),
        'webhook-signature': signature,
      },
      '{}',
    );
    expect(verify(shifted, [secret])).toBe('forged');
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('is unsigned without %s', (name) => {
    expect(verify(withHeaders(request, { [name]: undefined }))).toBe('unsigned');
  });

  it('is stale beyond five minutes, either way', () => {
    expect(verify(request, [SPEC.secret], NOW + 300_000)).toBe('genuine');
    expect(verify(request, [SPEC.secret], NOW + 301_000)).toBe('stale');
    expect(verify(request, [SPEC.secret], NOW - 301_000)).toBe('stale');
  });

  it('is taken while a secret is being rotated, on either side', () => {
    expect(verify(request, [newHmacSecret(), SPEC.secret])).toBe('genuine');
    expect(verify(request, [newHmacSecret()])).toBe('forged');
    expect(verify(signed(`v1,${Buffer.alloc(32).toString('base64')} ${SPEC.v1a} ${SPEC.v1}`))).toBe(
      'genuine',
    );
  });

  it('becomes an event of the type in its body', () => {
    const body = '{"type":"invoice.paid","timestamp":"2026-01-02T03:04:05.006Z","data":{"n":1.0}}';
    expect(eventOf(standardWebhooks.read(withBody(request, body)))).toEqual({
      type: 'invoice.paid',
      data: body,
      deliveryId: SPEC.id,
      occurredAt: new Date('2026-01-02T03:04:05.006Z'),
    });
  });

  it('is called received when its body names no type', () => {
    expect(eventOf(standardWebhooks.read(request))).toMatchObject({ type: 'received', data: SPEC.body });
    expect(standardWebhooks.read(withBody(request, '[]')).kind).toBe('unreadable');
  });

  it('is verified with the shared secret or the public key, never with a private one', () => {
    const privateKey = newEd25519Secret();
    expect(standardWebhooks.secretFault(SPEC.secret)).toBeUndefined();
    expect(standardWebhooks.secretFault(publicKeyOf(privateKey))).toBeUndefined();
    expect(standardWebhooks.secretFault(privateKey)).toContain('private');
    for (const wrong of ['whsec_%', 'whsec_wronglength', 'whpk_x', 'hwsec_AAAA', 'w'])
      expect(standardWebhooks.secretFault(wrong)).toBeDefined();
  });
});
