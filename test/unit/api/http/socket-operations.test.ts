import { makeKnownDocuments } from '../../../../src/api/documents/known-documents';
import { prepare } from '../../../../src/api/http/socket-operations';
import { makeSchema } from '../../../../src/api/schema';

const VIEWER = '{ viewer { isOperator } }';
const documents = makeKnownDocuments(new Map(), false);
const schema = makeSchema();

const prepared = (payload: { query: string; operationName?: string }) =>
  prepare({ schema, documents }, payload, { ok: false, reason: 'unauthenticated' });

describe('an operation over a WebSocket', () => {
  it('runs when it is the only one, or the one that is named', () => {
    expect(prepared({ query: VIEWER })).toHaveProperty('document');
    expect(prepared({ query: `query A ${VIEWER} query B ${VIEWER}`, operationName: 'B' })).toHaveProperty(
      'document',
    );
  });

  it.each([
    ['is not in the document', { query: VIEWER, operationName: 'Other' }],
    ['is one of several and not chosen', { query: `query A ${VIEWER} query B ${VIEWER}` }],
  ])('is refused with BAD_USER_INPUT when it %s', (_what, payload) => {
    expect(prepared(payload)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});
