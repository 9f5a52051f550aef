import pc from 'picocolors';
import type { DeliveryUpdate } from '../../../../src/api/client/follow-deliveries';
import { deliveryLine, readableSeconds } from '../../../../src/cli/demo/delivery-line';
import type { SignatureVerdict } from '../../../../src/cli/demo/inspector/arrivals';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const attempt = {
  number: 1,
  at: '2026-01-01T00:00:00.000Z',
  durationMs: 14,
  ok: true,
  responseStatus: 200,
  error: null,
};
const failure = { ...attempt, ok: false, responseStatus: 500, error: 'HTTP_500' };
const delivery = {
  id: 'dlv_1',
  attemptCount: 1,
  heldBecause: null,
  lastError: null,
  nextAttemptAt: null,
  updatedAt: '2026-01-01T00:00:00.000Z',
  endpoint: { id: 'ep_1', name: 'flaky' },
  event: { id: 'evt_1', type: 'github.issues.opened', idempotencyKey: null },
};

function line(update: Partial<DeliveryUpdate>, signature?: SignatureVerdict): string | undefined {
  const context = { colours: pc.createColors(false), signature, nowMs: NOW };
  const text = deliveryLine(
    { at: delivery.updatedAt, cursor: 'c', status: 'DELIVERED', delivery, attempt, ...update },
    context,
  );
  return text?.replace(/ {2,}/g, '  ');
}

describe('the line of a delivery', () => {
  test('tells what the receiver answered, how fast, and that the signature holds', () => {
    expect(line({}, 'ok')).toBe('✓ github.issues.opened → flaky  200  14 ms  signature ok');
  });

  test('says nothing of a signature that nobody looked at', () => {
    expect(line({})).toBe('✓ github.issues.opened → flaky  200  14 ms');
    expect(line({}, 'not checked')).not.toContain('signature');
  });

  test('names what is wrong with a signature', () => {
    expect(line({}, 'NO_MATCH')).toContain('signature NO_MATCH');
  });

  test('tells which attempt it took', () => {
    expect(line({ attempt: { ...attempt, number: 3 } }, 'ok')).toMatch(/signature ok {2}attempt 3$/);
  });

  test('tells why an attempt failed and when the next one comes', () => {
    const nextAttemptAt = new Date(NOW + 1900).toISOString();
    const retrying = { status: 'RETRYING', attempt: failure, delivery: { ...delivery, nextAttemptAt } };
    expect(line(retrying)).toBe('✗ github.issues.opened → flaky  HTTP_500, next try in 2 s (attempt 1)');
  });

  test('does not give the time of a later attempt for an earlier one', () => {
    const nextAttemptAt = new Date(NOW + 60_000).toISOString();
    const retrying = {
      status: 'RETRYING',
      attempt: failure,
      delivery: { ...delivery, attemptCount: 2, nextAttemptAt },
    };
    expect(line(retrying)).toBe('✗ github.issues.opened → flaky  HTTP_500 (attempt 1)');
  });

  test.each([
    [2, 'HTTP_500, dead-lettered after 2 attempts'],
    [1, 'HTTP_500, dead-lettered after 1 attempt'],
  ])('counts the attempts of a dead letter: %i', (number, ending) => {
    const text = line({ status: 'DEAD_LETTERED', attempt: { ...failure, number } });
    expect(text).toBe(`☠ github.issues.opened → flaky  ${ending}`);
  });

  test('tells what a held delivery waits for', () => {
    const held = { status: 'HELD', attempt: null, delivery: { ...delivery, heldBecause: 'PAUSED' } };
    expect(line(held)).toBe('… github.issues.opened → flaky  waits: its endpoint is paused');
  });

  test('is not there while nothing has happened', () => {
    expect(line({ status: 'PENDING', attempt: null })).toBeUndefined();
  });

  test.each([
    [200, '1 s'],
    [1400, '1 s'],
    [59_000, '59 s'],
    [120_000, '2 min'],
    [10_800_000, '3 h'],
  ])('%i ms read as %s', (ms, text) => {
    expect(readableSeconds(ms)).toBe(text);
  });
});
