import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';

/**
 * What graphql-cop (https://github.com/dolevf/graphql-cop) asks of a server, by its own requests, and how it knows that the
 * answer is bad. In production, and by somebody with a key: without one it gets no answer to most of them.
 */
let server: ApiServer;
let acme: TestTenant;
const before = process.env.NODE_ENV;

beforeAll(async () => {
  process.env.NODE_ENV = 'production';
  server = await startApiServer();
  acme = await makeTenant(server, 'acme');
});
afterAll(async () => {
  process.env.NODE_ENV = before;
  await server.close();
});

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
  extensions?: Record<string, unknown>;
}

interface Asked {
  status: number;
  text: string;
  /** Empty when it is no JSON. */
  answer: Answer;
}

async function ask(init: RequestInit, search = '', path = ''): Promise<Asked> {
  const headers = { authorization: `Bearer ${acme.key}`, ...(init.headers as Record<string, string>) };
  const response = await fetch(`${new URL(path, server.url).href}${search}`, { ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, text, answer: isJson ? (JSON.parse(text) as Answer) : {} };
}

const post = (body: unknown, headers: Record<string, string> = {}): Promise<Asked> =>
  ask({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const query = (text: string) => post({ query: text, operationName: 'cop' });
const get = (text: string, headers: Record<string, string> = {}) =>
  ask({ headers }, `?query=${encodeURIComponent(text)}`);
const times = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join(' ');

const hasData = ({ answer: { data } }: Asked): boolean => data !== null && data !== undefined;

const CHECKS: [check: string, asked: () => Promise<Asked>, isBad: (asked: Asked) => boolean][] = [
  [
    'alias overloading',
    () => query(`query cop { ${times(101, (n) => `alias${n}:__typename`)} }`),
    ({ answer }) => answer.data?.alias100 !== undefined,
  ],
  [
    'batches in a list',
    () =>
      post(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }', operationName: 'cop' }))),
    ({ text }) => text.startsWith('[') || text.includes('"data"'),
  ],
  [
    'directive overloading',
    () => query(`query cop { __typename ${'@aa'.repeat(10)} }`),
    ({ answer }) => answer.errors?.length === 10,
  ],
  [
    'circular introspection',
    () =>
      query(`query cop { __schema { types { ${'fields { type { '.repeat(4)} name ${'} }'.repeat(4)} } } }`),
    hasData,
  ],
  ['introspection', () => query('query cop { __schema { types { name fields { name } } } }'), hasData],
  ['field duplication', () => query(`query cop { ${'__typename '.repeat(500)} }`), hasData],
  [
    'field suggestions',
    () => query('query cop { __schema { directive } viewe { isOperato } }'),
    ({ text }) => text.includes('Did you mean'),
  ],
  ['queries by GET that any page may send', () => get('query cop { __typename }'), hasData],
  [
    'mutations by GET',
    () => get('mutation cop { __typename }', { 'apollo-require-preflight': 'true' }),
    hasData,
  ],
  [
    'forms by POST that any page may send',
    () =>
      ask({
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ query: 'query cop { __typename }' }).toString(),
      }),
    hasData,
  ],
  [
    'tracing',
    () => post({ query: 'query cop { __typename }' }, { 'apollo-tracing': '1', 'x-apollo-tracing': '1' }),
    ({ answer }) => answer.extensions !== undefined,
  ],
  [
    'errors that nobody handled',
    () => post({ query: 'qwerty cop { abc }' }),
    ({ answer, text }) =>
      answer.errors?.some(({ extensions }) => extensions?.exception ?? extensions?.stacktrace) === true ||
      /node_modules|at .+\(.+:\d+:\d+\)/.test(text),
  ],
  ...['/graphiql', '/playground', '/console', '/altair', '/graphql'].map((path): (typeof CHECKS)[number] => [
    `a page for trying queries at ${path}`,
    () => ask({ headers: { accept: 'text/html' } }, '', path),
    ({ text }) =>
      /graphiql|playground|graphql-explorer|apollo-sandbox|altair/i.test(text.replaceAll(path, '')),
  ]),
];

it.each(CHECKS)('%s: not here', async (_, asked, isBad) => {
  const answer = await asked();
  expect({ ...answer, isBad: isBad(answer) }).toMatchObject({ isBad: false });
  expect(answer.status).toBeLessThan(500);
});

it('and what is asked as it should be is answered', async () => {
  expect(hasData(await query('query cop { __typename }'))).toBe(true);
  expect(hasData(await get('query cop { __typename }', { 'apollo-require-preflight': 'true' }))).toBe(true);
});
