import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import { makeSocketClient } from '../../support/graphql-client';

let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  acme = await makeTenant(server, 'acme');
});
afterAll(() => server.close());

const TOO_DEEP = [
  {
    message: expect.stringMatching(/more than 200 deep.*Ask for fewer levels/) as string,
    extensions: { code: 'QUERY_TOO_COMPLEX' },
  },
];
const nested = (open: string, inner: string, close: string, times: number): string =>
  `${open.repeat(times)}${inner}${close.repeat(times)}`;

/** The errors that end an operation over a WebSocket. */
async function overSocket(query: string): Promise<unknown> {
  const client = makeSocketClient(server.url, { authorization: `Bearer ${acme.key}` });
  const told = await new Promise((resolve, reject) => {
    client.subscribe({ query }, { next: reject, error: resolve, complete: () => reject(new Error('ended')) });
  });
  await client.dispose();
  return told;
}

describe.each([201, 2000, 7000])('a document that nests %d deep is told so', (times) => {
  it.each<[string, string]>([
    ['fields', nested('{a', '', '}', times)],
    ['fields without an end', '{a'.repeat(times)],
    ['inline fragments', `{${nested('...{', 'viewer{isOperator}', '}', times)}}`],
    ['lists', `{endpoint(id:${nested('[', '', ']', times)}){id}}`],
    ['objects', `{endpoint(id:${nested('{a:', '1', '}', times)}){id}}`],
    ['the type of a variable', `query($a:${nested('[', 'Int', ']', times)}){viewer{isOperator}}`],
  ])('for %s, over HTTP and over a WebSocket', async (_, query) => {
    const headers = { authorization: `Bearer ${acme.key}` };
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: TOO_DEEP });
    const search = new URLSearchParams({ query });
    if (times === 201) {
      const byAddress = await fetch(`${server.url}?${search.toString()}`, {
        headers: { ...headers, 'apollo-require-preflight': 'true' },
      });
      expect(await byAddress.json()).toMatchObject({ errors: TOO_DEEP });
    }
    expect(await overSocket(query)).toMatchObject(TOO_DEEP);
  });
});

const chain = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, n) => `fragment F${from + n} on Query { ...F${from + n + 1} }`).join(
    ' ',
  ) + ` fragment F${to} on Query { viewer { isOperator } }`;

it.each<[string, string]>([
  ['a chain of 201', `{ ...F0 } ${chain(0, 201)}`],
  ['a chain of thousands', `{ ...F0 } ${chain(0, 3000)}`],
  ['a chain of which the end is asked for first', `{ ...F150 ...F0 } ${chain(0, 300)}`],
])('a document whose fragments nest too deep is told so, for %s', async (_, query) => {
  const message = expect.stringMatching(/fragments in fragments.*more than 200 deep/) as string;
  const expected = [{ message, extensions: { code: 'QUERY_TOO_COMPLEX' } }];
  expect((await acme.client.send(query)).errors).toMatchObject(expected);
  expect(await overSocket(query)).toMatchObject(expected);
});

it('counts no bracket in a text, nor one that is closed', async () => {
  const id = '{'.repeat(300);
  expect(await acme.client.ask(`{ endpoint(id: "${id}") { id } }`)).toEqual({ endpoint: null });
  const many = Array.from({ length: 30 }, (_, n) => `a${n}: endpoint(id: "x") { subscriptions { id } }`);
  expect(Object.keys(await acme.client.ask(`{ # ${id}\n ${many.join(' ')} }`))).toHaveLength(30);
});
