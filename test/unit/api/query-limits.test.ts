import { parse, validate } from 'graphql';
import { costDependsOnVariables } from '../../../src/api/cost-variables';
import { findExcess } from '../../../src/api/query-limits';
import { makeSchema } from '../../../src/api/schema';

const schema = makeSchema();

/** Of documents that are valid. */
function documentOf(text: string) {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  return document;
}

describe('what a document costs', () => {
  it.each([
    ['a page size', 'query ($n: Int) { deliveries(first: $n) { nodes { id } } }', true],
    [
      'a directive',
      'query ($all: Boolean!) { deliveries(first: 9) { nodes { id } } viewer @include(if: $all) { isOperator } }',
      true,
    ],
    [
      'a page size in a fragment',
      'query ($n: Int) { ...Some } fragment Some on Query { events(last: $n) { nodes { id } } }',
      true,
    ],
    ['a list of ids', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', true],
    ['a default', 'query ($n: Int = 250) { deliveries(first: $n) { nodes { id } } }', true],
    [
      'what is published',
      'mutation ($input: EventPublishInput!) { eventPublish(input: $input) { eventId } }',
      false,
    ],
    ['nothing', '{ deliveries(first: 50) { nodes { id } } }', false],
  ])('depends on variables where %s is one: %s', (_what, text, depends) => {
    expect(costDependsOnVariables(schema, documentOf(text))).toBe(depends);
  });

  const NODES = 'nodes { id event { id } endpoint { id name subscriptions { id } } attempts { number } }';
  const pages = (size: string): string =>
    Array.from('abcdefgh')
      .map((alias) => `${alias}: deliveries(first: ${size}) { ${NODES} }`)
      .join(' ');

  it('is worked out anew for other variables, and for other operations', () => {
    const sized = documentOf(`query ($n: Int) { ${pages('$n')} }`);
    const refusedAt = (n: number) =>
      findExcess({ schema, document: sized, variables: { n } })?.extensions.code;
    expect([1, 250, 1].map(refusedAt)).toEqual([undefined, 'QUERY_TOO_COMPLEX', undefined]);
    const two = documentOf(`query Few { viewer { isOperator } } query Many { ${pages('250')} }`);
    const refused = (operationName: string) =>
      findExcess({ schema, document: two, operationName })?.extensions.code;
    expect(['Few', 'Many', 'Few', 'Many'].map(refused)).toEqual([
      undefined,
      'QUERY_TOO_COMPLEX',
      undefined,
      'QUERY_TOO_COMPLEX',
    ]);
  });

  it('is not taken from a request whose variables were wrong', () => {
    const document = documentOf(`query ($id: ID!) { delivery(id: $id) { id } ${pages('250')} }`);
    expect(costDependsOnVariables(schema, document)).toBe(false);
    const refused = (variables: Record<string, unknown>) =>
      findExcess({ schema, document, variables })?.extensions.code;
    expect(refused({})).toBeUndefined();
    expect(refused({ id: 'dlv_x' })).toBe('QUERY_TOO_COMPLEX');
  });
});
