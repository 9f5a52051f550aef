import { parse } from 'graphql';
import type { Caller } from '../../../src/domain/scopes';
import { audienceOf, makeAnswer, makeSharedAnswers } from '../../../src/api/live/shared-answers';
import { ExactNumber } from '../../../src/runtime/json-text';

const QUERY = `subscription ($after: Cursor, $withData: Boolean!) {
  deliveryUpdated(after: $after) { cursor delivery { event { data @include(if: $withData) } } }
}`;
const CALLER: Caller = {
  keyId: 'key_1',
  tenantId: 'ten_1',
  isOperator: false,
  scopes: new Set(['deliveries:read', 'events:read']),
};

function audience(
  caller: Partial<Caller> = {},
  variables: Record<string, unknown> = {},
  query = QUERY,
): string {
  return audienceOf({
    document: parse(query),
    operationName: undefined,
    variableValues: { withData: true, ...variables },
    authentication: {
      ok: true,
      caller: { ...CALLER, ...caller },
      actor: { kind: 'API_KEY', id: 'key_1', prefix: null },
    },
  });
}

describe('an audience', () => {
  it('is the same for two keys with the same rights, and for any place in the stream', () => {
    const other = audience(
      { keyId: 'key_2', scopes: new Set(['events:read', 'deliveries:read']) },
      { after: 'somewhere else' },
    );
    expect(other).toBe(audience({}, { after: 'here' }));
  });

  it.each([
    ['another tenant', audience({ tenantId: 'ten_2' })],
    ['other scopes', audience({ scopes: new Set(['deliveries:read']) })],
    ['an operator', audience({ isOperator: true })],
    ['another document', audience({}, {}, QUERY.replace('cursor', 'status'))],
    ['a variable that changes what is shown', audience({}, { withData: false })],
  ])('is another for %s', (_what, other) => {
    expect(other).not.toBe(audience());
  });

  it('depends on arguments below the root', () => {
    const query =
      'subscription ($n: Int) { deliveryUpdated { delivery { event { deliveries(first: $n) { totalCount } } } } }';
    expect(audience({}, { n: 1 }, query)).not.toBe(audience({}, { n: 2 }, query));
  });
});

describe('shared answers', () => {
  const answer = makeAnswer({ data: 1 });

  it('are made once for all of one audience, and again for another', async () => {
    const shared = makeSharedAnswers();
    const make = jest.fn(() => Promise.resolve(answer));
    const payload = {};
    await Promise.all([shared.find(payload, 'a', make), shared.find(payload, 'a', make)]);
    expect(make).toHaveBeenCalledTimes(1);
    await shared.find(payload, 'b', make);
    await shared.find({}, 'a', make);
    expect(make).toHaveBeenCalledTimes(3);
  });

  it('are not kept for more audiences than fifty', async () => {
    const shared = makeSharedAnswers();
    const make = jest.fn(() => Promise.resolve(answer));
    const payload = {};
    for (let round = 0; round < 2; round++)
      for (let name = 0; name < 60; name++) await shared.find(payload, String(name), make);
    expect(make).toHaveBeenCalledTimes(70);
  });

  it('keep every digit of numbers', () => {
    expect(makeAnswer({ n: new ExactNumber('12345678901234567890') }).toString()).toBe(
      '{"n":12345678901234567890}}',
    );
  });
});
