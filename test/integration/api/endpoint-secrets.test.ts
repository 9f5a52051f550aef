import { newHmacSecret } from '../../../src/domain/request/webhook-secret';
import {
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { makeGraphqlClient } from '../../support/graphql-client';
import { ROTATE, createEndpoint, faultsOf, type Answer, type Endpoint } from '../../support/managing';

let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  acme = await makeTenant(server, 'acme');
});
afterAll(() => server.close());

async function oldSecretsUntil(id: string): Promise<string | null> {
  const { endpoint } = await acme.client.ask<{ endpoint: { oldSecretsUntil: string | null } }>(
    'query ($id: ID!) { endpoint(id: $id) { oldSecretsUntil } }',
    { id },
  );
  return endpoint.oldSecretsUntil;
}

describe('the secrets of an endpoint', () => {
  it('keep secrets and headers sealed in the database', async () => {
    const endpoint = await createEndpoint(acme, { headers: { 'X-Api-Key': 'very-private' } });
    const rows = await server.database.dataSource.query<{ sealed: Buffer }[]>(
      'select sealed from endpoint_secrets union all select headers_sealed from endpoints',
    );
    const bytes = Buffer.concat(
      rows.map(({ sealed }) => (sealed as Buffer | null) ?? Buffer.alloc(0)),
    ).toString('latin1');
    expect(bytes).not.toContain('very-private');
    expect(bytes).not.toContain(endpoint.secret?.slice(6, 20));
  });

  it('mask what is secret from a key without endpoints:secret', async () => {
    const { id } = await createEndpoint(acme, {
      headers: {
        Authorization: 'Bearer abc',
        cookie: 'a=b',
        'x-api-key': 'k',
        'x-my-token': 't',
        'x-secret-thing': 's',
        'x-team': 'blue',
      },
    });
    const { plainKey } = await makeKey(acme.client, { name: 'r', scopes: ['endpoints:read'] });
    const { endpoint } = await makeGraphqlClient(server.url, plainKey).ask<{ endpoint: Endpoint }>(
      'query ($id: ID!) { endpoint(id: $id) { secret headers } }',
      { id },
    );
    expect(endpoint).toEqual({
      secret: null,
      headers: {
        authorization: '…',
        cookie: '…',
        'x-api-key': '…',
        'x-my-token': '…',
        'x-secret-thing': '…',
        'x-team': 'blue',
      },
    });
  });

  it('rotate their secret, and the old one signs for as long as was asked', async () => {
    const { id, secret: old } = await createEndpoint(acme);
    const given = newHmacSecret();
    const { answer } = await acme.client.ask<Answer<'endpoint', Endpoint>>(ROTATE, {
      input: { id, secret: given, overlapSeconds: 60 },
    });
    expect(answer.endpoint?.secret).toBe(given);
    const rows = await server.database.dataSource.query<{ left: string | null }[]>(
      'select timestampdiff(second, created_at, expires_at) as `left` from endpoint_secrets order by id desc limit 2',
    );
    expect(rows[0]?.left).toBeNull();
    expect(Number(rows[1]?.left)).toBeGreaterThanOrEqual(60);
    const until = Date.parse((await oldSecretsUntil(id)) ?? '');
    expect(until).toBeGreaterThan(Date.now() + 30_000);
    expect(until).toBeLessThanOrEqual(Date.now() + 60_000);
    for (const secret of [given, old]) {
      expect(await faultsOf(acme, ROTATE, { id, secret })).toMatchObject([
        { code: 'CONFLICT', field: ['secret'] },
      ]);
    }
    expect(await faultsOf(acme, ROTATE, { id, secret: 'whsec_short' })).toMatchObject([
      { code: 'INVALID', field: ['secret'] },
    ]);
    expect(await faultsOf(acme, ROTATE, { id, overlapSeconds: -1 })).toMatchObject([
      { code: 'INVALID', field: ['overlapSeconds'] },
    ]);
  });

  it('can have five secrets that sign, and be rid of the old ones at once', async () => {
    const { id } = await createEndpoint(acme);
    for (let i = 0; i < 4; i++) expect(await faultsOf(acme, ROTATE, { id })).toEqual([]);
    expect(await faultsOf(acme, ROTATE, { id })).toMatchObject([{ code: 'LIMIT' }]);
    expect(await oldSecretsUntil(id)).not.toBeNull();
    expect(await faultsOf(acme, ROTATE, { id, overlapSeconds: 0 })).toEqual([]);
    expect(await oldSecretsUntil(id)).toBeNull();
    expect(await faultsOf(acme, ROTATE, { id })).toEqual([]);
  });
});
