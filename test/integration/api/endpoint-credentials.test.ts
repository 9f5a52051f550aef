import type { Destinations } from '../../../src/destinations/destinations';
import { makeKeyRing } from '../../../src/runtime/key-ring';
import { makeDatabase } from '../../../src/store/database';
import { makeEndpointStore } from '../../../src/store/settings/endpoint-store';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import { openDestinations } from '../../support/destination-request';
import { CREATE, UPDATE, createEndpoint, faultsOf } from '../../support/managing';

const bearer = { type: 'bearer', token: 'hunter2-hunter2' };
const HOST = 'https://127.0.0.1:8443';

let server: ApiServer;
let acme: TestTenant;
let destinations: Destinations;

beforeAll(async () => {
  destinations = openDestinations();
  server = await startApiServer({
    checkUrl: (_tenantId, url) => destinations.checkUrl(url),
    checkCredentials: (_tenantId, url, given) => destinations.checkCredentials(url, given),
  });
  acme = await makeTenant(server, 'acme');
});
afterAll(async () => {
  await destinations.close();
  await server.close();
});

function store() {
  const keyRing = makeKeyRing([`test:${Buffer.alloc(32, 7).toString('base64')}`]);
  return makeEndpointStore(makeDatabase(server.database.dataSource), keyRing);
}

/** What the sender would use. */
const usedBy = async (id: string): Promise<unknown> =>
  (await store().settingsOf(acme.id, id, new Date()))?.credentials;

const update = (input: object) => faultsOf(acme, UPDATE, input);

describe('the credentials of an endpoint', () => {
  it('are sealed in the database, and in no answer, audit entry or log line', async () => {
    const endpoint = await createEndpoint(acme, { url: `${HOST}/in`, credentials: bearer });
    expect(await usedBy(endpoint.id)).toEqual(bearer);
    const rows = await server.database.dataSource.query<{ sealed: Buffer }[]>(
      'select credentials_sealed as `sealed` from endpoints where credentials_sealed is not null',
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.sealed.toString('latin1')).not.toContain('hunter2');
    const entries = await server.database.dataSource.query<unknown[]>('select * from audit_entries');
    expect(JSON.stringify([endpoint, entries, server.logLines])).not.toContain('hunter2');
    expect(JSON.stringify(entries)).toContain('credentials');
  });

  it('stay through an update that does not speak of them, and on another path of the same host', async () => {
    const { id } = await createEndpoint(acme, { url: `${HOST}/in`, credentials: bearer });
    expect(await update({ id, name: 'Renamed', url: `${HOST}/other` })).toEqual([]);
    expect(await usedBy(id)).toEqual(bearer);
    expect(await update({ id, credentials: { ...bearer, token: 'another' } })).toEqual([]);
    expect(await usedBy(id)).toEqual({ ...bearer, token: 'another' });
    expect(await update({ id, credentials: null })).toEqual([]);
    expect(await usedBy(id)).toBeNull();
  });

  it('are not given beside a header that they make themselves', async () => {
    const headers = { Authorization: 'Basic aHVudGVyMg==' };
    const replaced = {
      code: 'INVALID',
      field: ['headers', 'authorization'],
      message: expect.stringContaining('bearer credentials') as string,
    };
    expect(await faultsOf(acme, CREATE, { url: `${HOST}/in`, headers, credentials: bearer })).toEqual([
      replaced,
    ]);
    const { id } = await createEndpoint(acme, { url: `${HOST}/in`, headers });
    expect(await update({ id, credentials: bearer })).toEqual([replaced]);
    expect(await update({ id, credentials: bearer, headers: null })).toEqual([]);
    expect(await update({ id, credentials: bearer, headers })).toEqual([replaced]);
    expect(await update({ id, headers })).toEqual([replaced]);
    expect(await update({ id, headers, credentials: null })).toEqual([]);
  });

  it('win over a header that is on record, which may stay as it is', async () => {
    const headers = { authorization: 'Basic aHVudGVyMg==' };
    const { id } = await createEndpoint(acme, { url: `${HOST}/in`, credentials: bearer });
    // As an earlier version took it.
    const before = await store().find(acme.id, id);
    if (!before) throw new Error('it was just made');
    const { url, name, description, payloadFormat, timeoutMs, retrySchedule } = before;
    const { rateLimitPerSecond, maxInFlight, ordered } = before;
    const changes = {
      ...{ url, name, description, payloadFormat, timeoutMs, retrySchedule },
      ...{ rateLimitPerSecond, maxInFlight, ordered, headers },
    };
    await store().update(acme.id, id, changes, new Date());
    expect(await update({ id, name: 'Renamed', headers })).toEqual([]);
    expect(await update({ id, headers: { authorization: 'Basic another' } })).toMatchObject([
      { field: ['headers', 'authorization'] },
    ]);
    const signing = { type: 'http_signature', keyId: 'k', secret: Buffer.alloc(32).toString('base64') };
    expect(await update({ id, headers, credentials: signing })).toEqual([]);
  });

  it.each(['https://127.0.0.2:8443/in', 'https://127.0.0.1:9443/in', 'http://127.0.0.1:8443/in'])(
    'cannot be had sent to %s by whoever may change the URL',
    async (url) => {
      const { id } = await createEndpoint(acme, { url: `${HOST}/in`, credentials: bearer });
      expect(await update({ id, url })).toEqual([
        {
          code: 'REQUIRED',
          field: ['credentials'],
          message: expect.stringContaining('another host') as string,
        },
      ]);
      expect(await usedBy(id)).toEqual(bearer);
      expect(await update({ id, url, credentials: bearer })).toEqual([]);
      expect(await usedBy(id)).toEqual(bearer);
    },
  );

  it('are not used for a host that they were not given for, however the URL came to change', async () => {
    const { id } = await createEndpoint(acme, { url: `${HOST}/raced`, credentials: bearer });
    await server.database.dataSource.query(
      "update endpoints set url = 'https://elsewhere.example/' where url = ?",
      [`${HOST}/raced`],
    );
    expect(await usedBy(id)).toBeNull();
  });

  it.each<[object, string[], string]>([
    [{ url: 'smtp://127.0.0.1/x' }, ['url'], 'amqps://'],
    [{ url: 'amqp://127.0.0.1/%2F/x' }, ['credentials'], 'type is basic'],
    [
      { url: `${HOST}/`, credentials: { type: 'bearer', token: 'a b' } },
      ['credentials', 'token'],
      'no space',
    ],
    [{ url: 'slack://127.0.0.1/x', credentials: bearer }, ['credentials'], 'takes no credentials'],
  ])('are checked by the scheme: %j', async (input, field, message) => {
    const [fault, ...more] = await faultsOf(acme, CREATE, input);
    expect(more).toEqual([]);
    expect(fault).toMatchObject({
      field: field,
      message: expect.stringContaining(message) as string,
    });
  });
});
