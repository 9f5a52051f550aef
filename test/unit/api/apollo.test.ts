import https from 'node:https';
import { makeApollo } from '../../../src/api/apollo';
import type { RequestContext } from '../../../src/api/context';
import { makeKnownDocuments } from '../../../src/api/documents/known-documents';
import { makeSchema } from '../../../src/api/schema';

const KEYS = { APOLLO_KEY: 'service:shop:x', APOLLO_GRAPH_REF: 'shop@now', APOLLO_SCHEMA_REPORTING: 'true' };

describe('Apollo Server', () => {
  afterEach(() => jest.restoreAllMocks());

  it('tells nobody outside what is asked, whatever the environment says', async () => {
    jest.replaceProperty(process, 'env', { ...process.env, ...KEYS });
    const said = jest.spyOn(console, 'info').mockImplementation();
    const calls = jest.spyOn(https, 'request').mockImplementation(() => {
      throw new Error('nothing is sent here');
    });
    const apollo = makeApollo({
      schema: makeSchema(),
      presentError: (error) => error,
      documents: makeKnownDocuments(new Map(), false),
    });
    await apollo.start();
    const contextValue = {
      authentication: { ok: false, code: 'UNAUTHENTICATED' },
    } as unknown as RequestContext;
    const { body } = await apollo.executeOperation({ query: '{ __typename }' }, { contextValue });
    expect(body).toMatchObject({ singleResult: { data: { __typename: 'Query' } } });
    // What is to be reported is sent at the latest now.
    await apollo.stop();
    expect([calls.mock.calls, said.mock.calls]).toEqual([[], []]);
  });
});
