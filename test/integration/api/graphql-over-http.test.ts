import { serverAudits } from 'graphql-http';
import { startApiServer, type ApiServer } from '../../support/api-server';

let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.close());

/** What another site’s page could send without asking is refused unless this is with it. */
const fetchFn = (url: string, init: { headers?: Record<string, string> } = {}) =>
  fetch(url, { ...init, headers: { 'apollo-require-preflight': 'true', ...init.headers } });

/** https://graphql.github.io/graphql-over-http/, as graphql-http checks it: every MUST, SHOULD and MAY. */
describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => server.url, fetchFn });

  it('is checked at all', () => expect(audits.length).toBeGreaterThan(50));

  it.each(audits.map(({ id, name, fn }) => ({ id, name, fn })))('$id: $name', async ({ fn }) => {
    const result = await fn();
    const reason = 'reason' in result ? result.reason : undefined;
    expect({ status: result.status, reason }).toEqual({ status: 'ok', reason: undefined });
  });
});
