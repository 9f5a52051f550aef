import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { makeCatalogStore } from '../../../src/store/catalog/catalog-store';
import { makeDatabase } from '../../../src/store/database';
import { saveEventType } from '../../support/event-types';
import { LIMITS } from '../../../src/domain/limits';
import {
  OPERATOR_KEY,
  TENANT_SCOPES,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';

interface Contract {
  'x-next'?: string;
  webhooks: Record<string, object>;
  channels: Record<string, object>;
}

let server: ApiServer;
let acme: TestTenant;
let beta: TestTenant;
let origin: string;

beforeAll(async () => {
  server = await startApiServer();
  origin = new URL(server.url).origin;
  acme = await makeTenant(server, 'acme', [...TENANT_SCOPES, 'catalog:write']);
  beta = await makeTenant(server, 'beta', [...TENANT_SCOPES, 'catalog:write']);
  await saveEventType(server.operator, { name: 'shared.one', description: 'everybody’s' });
  await saveEventType(server.operator, { name: 'both.have', description: 'shared' });
  await saveEventType(acme.client, { name: 'both.have', description: 'acme’s own words' });
  await saveEventType(acme.client, {
    name: 'acme.only',
    schema: { type: 'object' },
    example: { secret: 'of acme' },
  });
  await saveEventType(acme.client, { name: 'acme.only', version: 2 });
});
afterAll(() => server.close());

const ask = (path: string, key?: string, headers: Record<string, string> = {}) =>
  fetch(`${origin}${path}`, { headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers } });
const read = async (path: string, key?: string, headers = {}): Promise<Contract> =>
  (await (await ask(path, key, headers)).json()) as Contract;
/** Names of the catalog's types in a contract, without Warren's own. */
const typesIn = ({ webhooks }: Contract): string[] =>
  Object.keys(webhooks).filter((key) => key !== 'event' && !key.startsWith('warren.'));

describe('the contracts', () => {
  it('have the types that the key’s tenant sees, its own in place of the shared', async () => {
    const contract = await read('/docs/openapi.json', acme.key);
    expect(typesIn(contract)).toEqual(['acme.only.v1', 'acme.only.v2', 'both.have.v1', 'shared.one.v1']);
    expect(JSON.stringify(contract)).toContain('acme’s own words');
    expect(Object.keys((await read('/docs/asyncapi.json', acme.key)).channels)).toEqual(
      expect.arrayContaining(['event.acme.only', 'event.both.have', 'event.shared.one']),
    );
  });

  it('tell another tenant nothing of it', async () => {
    for (const path of ['/docs/openapi.json', '/docs/asyncapi.json']) {
      const text = await (await ask(path, beta.key)).text();
      expect(text).toContain('shared.one');
      expect(text).not.toMatch(/acme\.only|of acme|acme’s own/);
    }
    expect((await ask('/docs/openapi.json', beta.key, { 'warren-tenant': 'acme' })).status).toBe(400);
  });

  it('tell one without a key of nobody’s types, not even the shared', async () => {
    for (const path of ['/docs/openapi.json', '/docs/asyncapi.json', '/docs']) {
      const answer = await ask(path);
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toMatch(/shared\.one|acme\.only/);
    }
  });

  it('are for an operator what everybody shares, or those of the tenant that they act for', async () => {
    expect(typesIn(await read('/docs/openapi.json', OPERATOR_KEY))).toEqual([
      'both.have.v1',
      'shared.one.v1',
    ]);
    const acting = await read('/docs/openapi.json', OPERATOR_KEY, { 'warren-tenant': 'acme' });
    expect(typesIn(acting)).toContain('acme.only.v2');
  });

  it('are refused as the API refuses: a wrong key, a key without the scope, an odd place to go on from', async () => {
    const stranger = await makeTenant(server, 'stranger', ['events:publish']);
    const codeOf = async (response: Response) => {
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      return [response.status, errors[0]?.extensions.code];
    };
    expect(await codeOf(await ask('/docs/openapi.json', 'wrn_no-key-at-all'))).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
    expect(await codeOf(await ask('/docs/openapi.json', stranger.key))).toEqual([403, 'FORBIDDEN']);
    expect(await codeOf(await ask('/docs/openapi.json?after=a%20b', acme.key))).toEqual([
      400,
      'BAD_USER_INPUT',
    ]);
  });

  it('are not sent again to one who has them, and never to another', async () => {
    const first = await ask('/docs/openapi.json', acme.key);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    expect(first.headers.get('vary')).toMatch(/authorization/i);
    const etag = first.headers.get('etag') ?? '';
    /** fetch adds a header of its own that asks for everything anew. */
    const statusFor = async (key: string): Promise<number | undefined> => {
      const headers = { authorization: `Bearer ${key}`, 'if-none-match': etag };
      const [response] = (await once(get(`${origin}/docs/openapi.json`, { headers }), 'response')) as [
        IncomingMessage,
      ];
      response.resume();
      return response.statusCode;
    };
    expect([await statusFor(acme.key), await statusFor(beta.key)]).toEqual([304, 200]);
  });

  it('have examples with every digit', async () => {
    const query =
      'mutation ($input: EventTypeInput!) { eventTypeUpsert(input: $input) { userErrors { message } } }';
    const input = '{"name":"beta.exact","example":{"cents":12345678901234567890.10}}';
    await fetch(server.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${beta.key}`, 'content-type': 'application/json' },
      body: `{"query":${JSON.stringify(query)},"variables":{"input":${input}}}`,
    });
    for (const path of ['/docs/openapi.json', '/docs/asyncapi.json'])
      expect(await (await ask(path, beta.key)).text()).toContain('{"cents":12345678901234567890.10}');
    const page = await fetch(`${origin}/docs`, {
      method: 'POST',
      body: new URLSearchParams({ key: beta.key }),
    });
    expect(await page.text()).toContain(': 12345678901234567890.10');
  });

  it('go on where one document ends: by the number of types, and by the bytes of their schemas', async () => {
    const many = await makeTenant(server, 'many', [...TENANT_SCOPES, 'catalog:write']);
    const schema = { description: 'x'.repeat(LIMITS.schemaBytes - 100) };
    const versions = Math.ceil(LIMITS.catalogPageBytes / LIMITS.schemaBytes) + 2;
    const catalog = makeCatalogStore(makeDatabase(server.database.dataSource));
    const save = async (name: string, version: number): Promise<void> => {
      const from = (await catalog.findOwn(many.id, name))?.revision;
      const entry = { name, description: '', requiredScope: null, archived: false };
      const content = { version, schema, example: undefined, deprecated: false, downgrade: null };
      await catalog.save(many.id, { from, entry, version: content }, new Date());
    };
    for (let version = 1; version <= versions; version++) await save('m.large', version);
    await save('m.small', 1);
    const seen: string[] = [];
    let pages = 0;
    for (let path: string | undefined = '/docs/openapi.json'; path; pages++) {
      const contract: Contract = await read(path, many.key);
      seen.push(...typesIn(contract));
      path = contract['x-next'];
    }
    expect(pages).toBe(3);
    expect(seen).toContain('shared.one.v1');
    expect(seen.filter((key) => key === 'm.small.v1')).toHaveLength(1);
    // The newest, as far as there is room; its page has nothing else.
    const large = seen.filter((key) => key.startsWith('m.large.'));
    expect(large.at(-1)).toBe(`m.large.v${versions}`);
    expect(large.length).toBe(versions - 2);
  }, 60_000);
});

describe('the page at /docs', () => {
  const post = (fields: Record<string, string>) =>
    fetch(`${origin}/docs`, { method: 'POST', body: new URLSearchParams(fields) });

  it('shows one’s own types to who gives a key in its form, and keeps the key out of the page', async () => {
    const answer = await post({ key: acme.key, tenant: '' });
    const page = await answer.text();
    expect(page).toContain('acme.only');
    expect(page).not.toContain(acme.key);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await (await post({ key: OPERATOR_KEY, tenant: 'acme' })).text()).toContain('acme.only');
  });

  it('says what is wrong with a key, and shows what is nobody’s', async () => {
    const answer = await post({ key: 'wrn_wrong' });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toMatch(/role="alert"[\s\S]*webhook-signature/);
    expect((await post({ key: 'x'.repeat(40_000) })).status).toBe(413);
  });

  it('leads to the others, as they do to it', async () => {
    for (const path of ['/docs', '/docs/openapi.json', '/docs/asyncapi.json']) {
      const link = (await ask(path)).headers.get('link') ?? '';
      expect(link).toContain('</docs/openapi.json>; rel="service-desc"');
      expect(link).toContain('</docs/guide/>; rel="help"');
    }
    const { userErrors } = await acme.client
      .ask<{ answer: { userErrors: { code: string; docs: string }[] } }>(
        'mutation { answer: endpointCreate(input: { url: "https://x.example", eventTypes: ["a b"] }) { userErrors { code docs } } }',
      )
      .then(({ answer }) => answer);
    expect(userErrors[0]?.docs).toMatch(/^http.*[^/]\/docs\/guide\/errors\.html#user-error-codes$/);
  });

  it('may run no script at all, and no page may frame it', async () => {
    const policy = (await ask('/docs')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src|unsafe/);
    expect((await ask('/docs/style.css')).headers.get('content-type')).toContain('text/css');
  });
});
