import type { Answer, AttemptError } from '../../../../src/domain/delivery/outcome';
import { retryAfterSeconds, verdictOf } from '../../../../src/domain/delivery/outcome';

const answer = (status: number, headers: Record<string, string> = {}): Answer => ({
  durationMs: 1,
  response: { status, headers, body: Buffer.alloc(0) },
  ...(status >= 200 && status < 300 ? {} : { error: `HTTP_${status}` as const }),
});
const failure = (error: AttemptError): Answer => ({ durationMs: 1, error });
const SCHEDULE = [5, 30, 120];

describe('the verdict on an answer', () => {
  it.each([200, 201, 204, 299])('is delivered for %i', (status) => {
    expect(verdictOf(answer(status), 0, SCHEDULE)).toEqual({ kind: 'delivered' });
  });

  it.each([199, 301, 308, 400, 401, 404, 429, 500, 502, 503, 504])('is the next rung for %i', (status) => {
    expect(verdictOf(answer(status), 1, SCHEDULE)).toEqual({ kind: 'retry', delaySeconds: 30 });
  });

  it.each<AttemptError>([
    'TIMEOUT',
    'CONNECTION_REFUSED',
    'CONNECTION_RESET',
    'DNS',
    'TLS',
    'BLOCKED_ADDRESS',
    'BAD_RESPONSE',
  ])('is the next rung for %s', (error) => {
    expect(verdictOf(failure(error), 0, SCHEDULE)).toEqual({ kind: 'retry', delaySeconds: 5 });
  });

  it('is delivered when a destination without HTTP has taken it, and a hold for as long as one stands for', () => {
    expect(verdictOf({ durationMs: 1 }, 0, SCHEDULE)).toEqual({ kind: 'delivered' });
    const throttled = { ...failure('THROTTLED'), retryAfterSeconds: 30 };
    expect(verdictOf(throttled, 0, SCHEDULE)).toEqual({
      kind: 'hold',
      because: 'RETRY_AFTER',
      askedSeconds: 30,
    });
    expect(verdictOf(failure('UNROUTABLE'), 0, SCHEDULE)).toEqual({ kind: 'retry', delaySeconds: 5 });
  });

  it('is a retry when a 2xx answer broke off', () => {
    expect(verdictOf({ ...answer(200), error: 'TIMEOUT' }, 0, SCHEDULE)).toEqual({
      kind: 'retry',
      delaySeconds: 5,
    });
  });

  it('is dead, with the endpoint gone, for 410 at any step', () => {
    expect(verdictOf(answer(410), 0, SCHEDULE)).toEqual({ kind: 'dead', endpointGone: true });
  });

  it('is dead when no rung is left', () => {
    expect(verdictOf(answer(500), 2, SCHEDULE)).toEqual({ kind: 'retry', delaySeconds: 120 });
    expect(verdictOf(answer(500), 3, SCHEDULE)).toEqual({ kind: 'dead', endpointGone: false });
    expect(verdictOf(failure('TIMEOUT'), 0, [])).toEqual({ kind: 'dead', endpointGone: false });
  });

  it.each([429, 503])('holds for a %i that says how long, at any step, even past the last rung', (status) => {
    for (const step of [0, 1, 2, 3]) {
      expect(verdictOf(answer(status, { 'retry-after': '31' }), step, SCHEDULE)).toEqual({
        kind: 'hold',
        because: 'RETRY_AFTER',
        askedSeconds: 31,
      });
    }
  });

  it.each(['Wed, 21 Oct 2015 07:28:00 GMT', 'soon', '0'])(
    'takes the next rung when Retry-After asks for nothing: %s',
    (value) => {
      expect(verdictOf(answer(429, { 'retry-after': value }), 1, SCHEDULE)).toEqual({
        kind: 'retry',
        delaySeconds: 30,
      });
    },
  );
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const asked = (value: string, status = 429) =>
    retryAfterSeconds(answer(status, { 'retry-after': value }), now);

  it('is seconds', () => {
    expect(asked('120')).toBe(120);
    expect(asked(' 7 ')).toBe(7);
    expect(asked('0')).toBe(0);
    expect(asked('1000000000')).toBe(1_000_000_000);
  });

  it('is a date, rounded up to whole seconds', () => {
    expect(asked('Thu, 01 Jan 2026 00:02:00 GMT')).toBe(120);
    expect(
      retryAfterSeconds(answer(429, { 'retry-after': 'Thu, 01 Jan 2026 00:02:00 GMT' }), now + 500),
    ).toBe(120);
    expect(asked('Wed, 31 Dec 2025 23:59:59 GMT')).toBe(0);
  });

  it.each(['-5', '', 'soon', '1e9', '1.5', '99999999999999999999', '0x10'])(
    'is nothing when it is %j',
    (value) => {
      expect(asked(value)).toBe(0);
    },
  );

  it('counts with 429 and 503 only', () => {
    expect(asked('60', 503)).toBe(60);
    for (const status of [200, 301, 500, 502]) expect(asked('60', status)).toBe(0);
    expect(retryAfterSeconds(failure('TIMEOUT'), now)).toBe(0);
    expect(retryAfterSeconds(answer(429), now)).toBe(0);
  });
});
