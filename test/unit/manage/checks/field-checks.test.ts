import * as checks from '../../../../src/manage/checks/field-checks';

const codesOf = (faults: checks.Faults) => faults.map(({ code }) => code);

describe('field checks', () => {
  it('count characters as people do, without the space around them', () => {
    expect(checks.checkName(` ${'🐇'.repeat(200)} `)).toEqual([]);
    expect(codesOf(checks.checkName('🐇'.repeat(201)))).toEqual(['TOO_LONG']);
    expect(codesOf(checks.checkName('   '))).toEqual(['REQUIRED']);
  });

  it('take slugs that are one segment of a routing key', () => {
    for (const slug of ['a', 'acme', 'a-1', '0']) expect(checks.checkSlug(slug)).toEqual([]);
    for (const slug of ['a_b', 'a.b', 'A', 'a-', 'é', 'a b', 'a\n'])
      expect(codesOf(checks.checkSlug(slug))).toEqual(['INVALID']);
  });

  it('name every event type that is none by its place', () => {
    expect(checks.checkEventTypes(['a.*', '#', 'a..b', 'ok', 'a b']).map(({ field }) => field)).toEqual([
      ['eventTypes', '2'],
      ['eventTypes', '4'],
    ]);
  });

  it('let a key give what it holds and nothing else', () => {
    const held = new Set(['events:read']);
    expect(checks.checkKeyScopes(['events:read'], held)).toEqual([]);
    expect(checks.checkKeyScopes(['events:read', 'audit:read'], held)[0]?.message).toContain('audit:read');
    expect(checks.checkKeyScopes(['root'], held)[0]?.message).toContain('tenants:admin');
    expect(checks.checkKeyScopes([], held, ['events:read'])[0]?.message).toBe(
      'give at least one of events:read',
    );
  });

  it('hold a schedule to the ladder, and take none at all', () => {
    expect(checks.checkRetrySchedule([], [5, 30])).toEqual([]);
    expect(checks.checkRetrySchedule([5, 30, 5], [5, 30])).toEqual([]);
    expect(checks.checkRetrySchedule([6], [5, 30])[0]?.message).toContain('5, 30');
  });
});
