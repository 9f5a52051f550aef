import { getIntrospectionQuery } from 'graphql';
import { startApiServer, type ApiServer } from '../../support/api-server';

interface Answer {
  data?: unknown;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

const before = process.env.NODE_ENV;
let production: ApiServer;
let elsewhere: ApiServer;

beforeAll(async () => {
  elsewhere = await startApiServer();
  process.env.NODE_ENV = 'production';
  production = await startApiServer();
});
afterAll(async () => {
  process.env.NODE_ENV = before;
  await Promise.all([production.close(), elsewhere.close()]);
});

async function ask({ url }: ApiServer, query: string): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as Answer;
}

const messages = ({ errors = [] }: Answer): string => errors.map(({ message }) => message).join('\n');

describe('over HTTP in production', () => {
  it('the schema is not told, which it is elsewhere', async () => {
    const refused = await ask(production, getIntrospectionQuery());
    expect(refused.data).toBeUndefined();
    expect(messages(refused)).toContain('introspection');
    expect((await ask(elsewhere, getIntrospectionQuery())).data).toHaveProperty('__schema');
  });

  it('there are no hints about it, which there are elsewhere', async () => {
    expect(messages(await ask(production, '{ viewer { isOperato } }'))).toBe(
      'Cannot query field "isOperato" on type "Viewer".',
    );
    expect(messages(await ask(elsewhere, '{ viewer { isOperato } }'))).toContain(
      'Did you mean "isOperator"?',
    );
  });

  it('an answer is kept by nobody on its way, and taken for nothing but JSON', async () => {
    const asked = (body: string) =>
      fetch(production.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    for (const body of ['{"query":"{ __typename }"}', '{"query":"{"}', '{', 'x'.repeat(2_000_000)]) {
      const { headers } = await asked(body);
      expect(headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
