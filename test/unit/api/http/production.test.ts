import { getIntrospectionQuery } from 'graphql';
import { makeKnownDocuments } from '../../../../src/api/documents/known-documents';
import { prepare } from '../../../../src/api/http/socket-operations';
import { makeSchema } from '../../../../src/api/schema';

const needs = { schema: makeSchema(), documents: makeKnownDocuments(new Map(), false) };

function refusalsOf(query: string): string[] {
  const prepared = prepare(needs, { query }, { ok: false, reason: 'unauthenticated' });
  return 'errors' in prepared ? prepared.errors.map(({ message }) => message) : [];
}

describe('over WebSocket in production', () => {
  const before = process.env.NODE_ENV;
  beforeAll(() => (process.env.NODE_ENV = 'production'));
  afterAll(() => (process.env.NODE_ENV = before));

  it('neither the schema is told, nor hints about it', () => {
    expect(refusalsOf('{ viewer { isOperator } }')).toEqual([]);
    expect(refusalsOf(getIntrospectionQuery()).join()).toContain('introspection');
    expect(refusalsOf('{ viewer { isOperato } }')).toEqual([
      'Cannot query field "isOperato" on type "Viewer".',
    ]);
  });
});

describe('over WebSocket elsewhere', () => {
  it('both are', () => {
    expect(refusalsOf(getIntrospectionQuery())).toEqual([]);
    expect(refusalsOf('{ viewer { isOperato } }').join()).toContain('Did you mean "isOperator"?');
  });
});
