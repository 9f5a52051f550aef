import { makeKeyRing } from '../../../src/runtime/key-ring';
import { makeDatabase } from '../../../src/store/database';
import { makeSourceStore } from '../../../src/store/settings/source-store';
import { SCOPES } from '../../../src/domain/scopes';
import { makeGraphqlClient } from '../../support/graphql-client';
import {
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import type { UserError } from '../../support/managing';

let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  acme = await makeTenant(server, 'acme', ['sources:write', 'audit:read']);
});
afterAll(() => server.close());

interface Source {
  id: string;
  name: string;
  provider: string;
  url: string;
  eventTypePrefix: string;
  enabled: boolean;
  lastReceivedAt: string | null;
  lastRefusal: string | null;
  tenant: { slug: string };
}

const SOURCE =
  'source { id name provider url eventTypePrefix enabled lastReceivedAt lastRefusal tenant { slug } } userErrors { field code message }';
const mutation = (name: string, type: string) =>
  `mutation ($input: ${type}!) { answer: ${name}(input: $input) { ${SOURCE} } }`;
const CREATE = mutation('sourceCreate', 'SourceCreateInput');
const UPDATE = mutation('sourceUpdate', 'SourceUpdateInput');
const ROTATE = mutation('sourceSecretRotate', 'SourceSecretRotateInput');
const DELETE =
  'mutation ($id: ID!) { answer: sourceDelete(id: $id) { deletedId userErrors { field code } } }';

interface Answer {
  answer: { source: Source | null; userErrors: UserError[] };
}
const SECRET = 'a-secret-nobody-sees';
const ask = async (document: string, input: object, by = acme): Promise<Answer['answer']> =>
  (await by.client.ask<Answer>(document, { input })).answer;
const faultsOf = async (document: string, input: object, by = acme): Promise<UserError[]> =>
  (await ask(document, input, by)).userErrors;
async function create(input: object = {}, by = acme): Promise<Source> {
  const { source, userErrors } = await ask(
    CREATE,
    { name: 'Code', provider: 'GITHUB', signingSecret: SECRET, ...input },
    by,
  );
  if (!source) throw new Error(JSON.stringify(userErrors));
  return source;
}
const store = () =>
  makeSourceStore(
    makeDatabase(server.database.dataSource),
    makeKeyRing([`test:${Buffer.alloc(32, 7).toString('base64')}`]),
  );
const secretsOf = async ({ id }: Source, at = new Date()): Promise<readonly string[] | undefined> =>
  (await store().settingsOf([id], at))[0]?.secrets;

describe('a source', () => {
  it('is made with its address and the provider’s name as prefix', async () => {
    const source = await create({ name: '  Code ' });
    expect(source).toEqual({
      id: expect.stringMatching(/^src_/) as string,
      name: 'Code',
      provider: 'GITHUB',
      url: `http://warren.example/in/${source.id}`,
      eventTypePrefix: 'github',
      enabled: true,
      lastReceivedAt: null,
      lastRefusal: null,
      tenant: { slug: 'acme' },
    });
    const standard = await create({
      provider: 'STANDARD_WEBHOOKS',
      signingSecret: `whsec_${'A'.repeat(32)}`,
    });
    expect(standard.eventTypePrefix).toBe('standard_webhooks');
  });

  it.each([
    [{ name: ' ' }, 'name', 'REQUIRED'],
    [{ signingSecret: '' }, 'signingSecret', 'REQUIRED'],
    [{ signingSecret: 'short' }, 'signingSecret', 'INVALID'],
    [{ signingSecret: 'x'.repeat(501) }, 'signingSecret', 'TOO_LONG'],
    [{ provider: 'STRIPE', signingSecret: 'sk_live_0123456789' }, 'signingSecret', 'INVALID'],
    [{ provider: 'STANDARD_WEBHOOKS', signingSecret: 'whsec_wronglength' }, 'signingSecret', 'INVALID'],
    [{ eventTypePrefix: 'two words' }, 'eventTypePrefix', 'INVALID'],
    [{ eventTypePrefix: 'warren' }, 'eventTypePrefix', 'INVALID'],
    [{ eventTypePrefix: 'warren.more' }, 'eventTypePrefix', 'INVALID'],
    [{ eventTypePrefix: 'x'.repeat(101) }, 'eventTypePrefix', 'TOO_LONG'],
  ])('is not made with %j', async (changes, field, code) => {
    const input = { name: 'Code', provider: 'GITHUB', signingSecret: SECRET, ...changes };
    const faults = await faultsOf(CREATE, input);
    expect(faults).toMatchObject([{ field: [field], code }]);
    const secret = input.signingSecret;
    if (secret.length > 0) expect(JSON.stringify(faults)).not.toContain(secret);
  });

  it('changes as it is told, and keeps what is left out', async () => {
    const { id } = await create();
    const changed = await ask(UPDATE, { id, eventTypePrefix: 'vcs.github', enabled: false });
    expect(changed.source).toMatchObject({ name: 'Code', eventTypePrefix: 'vcs.github', enabled: false });
    const reset = await ask(UPDATE, { id, name: 'Code 2', eventTypePrefix: null, enabled: null });
    expect(reset.source).toMatchObject({ name: 'Code 2', eventTypePrefix: 'github', enabled: true });
    expect(await faultsOf(UPDATE, { id, name: null })).toMatchObject([{ field: ['name'], code: 'REQUIRED' }]);
    expect(await faultsOf(UPDATE, { id, eventTypePrefix: '' })).toMatchObject([{ code: 'INVALID' }]);
  });

  it('takes the old secret for a while beside the new one', async () => {
    const source = await create();
    expect(await faultsOf(ROTATE, { id: source.id, signingSecret: SECRET })).toMatchObject([
      { code: 'CONFLICT' },
    ]);
    await ask(ROTATE, { id: source.id, signingSecret: 'the-second-secret', overlapSeconds: 60 });
    expect(await secretsOf(source)).toEqual(['the-second-secret', SECRET]);
    expect(await secretsOf(source, new Date(Date.now() + 61_000))).toEqual(['the-second-secret']);
    await ask(ROTATE, { id: source.id, signingSecret: 'the-third-secret', overlapSeconds: 0 });
    expect(await secretsOf(source)).toEqual(['the-third-secret']);
  });

  it('tells until when the old secrets are good, and of no overlap when they have ended', async () => {
    const { id } = await create();
    const until = async (): Promise<string | null> =>
      (
        await acme.client.ask<{ source: { oldSecretsUntil: string | null } }>(
          'query ($id: ID!) { source(id: $id) { oldSecretsUntil } }',
          { id },
        )
      ).source.oldSecretsUntil;
    expect(await until()).toBeNull();
    const beganMs = Date.now();
    await ask(ROTATE, { id, signingSecret: 'the-second-secret', overlapSeconds: 600 });
    await ask(ROTATE, { id, signingSecret: 'the-third-secret', overlapSeconds: 60 });
    const endsMs = Date.parse((await until()) ?? '');
    expect(endsMs).toBeGreaterThanOrEqual(beganMs + 60_000);
    expect(endsMs).toBeLessThan(beganMs + 600_000);
    await ask(ROTATE, { id, signingSecret: 'the-fourth-secret', overlapSeconds: 0 });
    expect(await until()).toBeNull();
  });

  it('does not collect secrets without end', async () => {
    const { id } = await create();
    for (const number of [2, 3, 4, 5])
      expect(await faultsOf(ROTATE, { id, signingSecret: `secret-number-${number}` })).toEqual([]);
    expect(await faultsOf(ROTATE, { id, signingSecret: 'secret-number-6' })).toMatchObject([
      { field: ['overlapSeconds'], code: 'LIMIT' },
    ]);
    const beyond = { id, signingSecret: 'secret-number-6', overlapSeconds: 700_000 };
    expect(await faultsOf(ROTATE, beyond)).toMatchObject([{ field: ['overlapSeconds'], code: 'INVALID' }]);
  });

  it('is gone with its secrets when it is deleted, and with its tenant', async () => {
    const source = await create();
    expect(await acme.client.ask(DELETE, { id: source.id })).toEqual({
      answer: { deletedId: source.id, userErrors: [] },
    });
    expect(
      await acme.client.ask('query ($id: ID!) { source(id: $id) { id } node(id: $id) { id } }', source),
    ).toEqual({
      source: null,
      node: null,
    });
    expect(await secretsOf(source)).toBeUndefined();
    const doomed = await makeTenant(server, 'doomed', ['sources:write']);
    const theirs = await create({}, doomed);
    expect(await secretsOf(theirs)).toEqual([SECRET]);
    await server.operator.ask('mutation ($id: ID!) { tenantDelete(id: $id) { deletedId } }', {
      id: doomed.id,
    });
    expect(await secretsOf(theirs)).toBeUndefined();
  });

  it('is kept to its tenant’s hundred', async () => {
    const crowded = await makeTenant(server, 'crowded', ['sources:write']);
    const first = await create({}, crowded);
    await server.database.dataSource.query(
      `insert into sources (id, tenant_id, name, provider, event_type_prefix, created_at, updated_at)
       select unhex(md5(seq)), tenant_id, name, provider, event_type_prefix, created_at, updated_at
       from sources join (${Array.from({ length: 99 }, (_, at) => `select ${at} seq`).join(' union all ')}) numbers
       where name = 'Code' and tenant_id = (select id from tenants where slug = 'crowded')`,
    );
    const input = { name: 'Code', provider: 'GITHUB', signingSecret: SECRET };
    expect(await faultsOf(CREATE, input, crowded)).toMatchObject([{ code: 'LIMIT' }]);
    await crowded.client.ask(DELETE, { id: first.id });
    expect(await faultsOf(CREATE, input, crowded)).toEqual([]);
  });
});

describe('the secret of a source', () => {
  it('is sealed for its row and tenant, and is in no answer and no audit entry', async () => {
    const source = await create();
    const rows = await server.database.dataSource.query<{ sealed: Buffer }[]>(
      'select sealed from source_secrets order by id desc limit 1',
    );
    expect(rows[0]?.sealed.includes(SECRET)).toBe(false);
    const another = await create();
    await server.database.dataSource.query('update source_secrets set sealed = ? order by id desc limit 1', [
      rows[0]?.sealed,
    ]);
    await expect(secretsOf(another)).rejects.toThrow();
    const { auditLog } = await acme.client.ask<{
      auditLog: { nodes: { action: string; fields: string[] }[] };
    }>('query ($filter: AuditFilter) { auditLog(filter: $filter) { nodes { action fields } } }', {
      filter: { objectId: source.id },
    });
    expect(auditLog.nodes).toEqual([
      { action: 'sourceCreate', fields: ['name', 'provider', 'signingSecret'] },
    ]);
    expect(JSON.stringify(server.logLines)).not.toContain(SECRET);
  });

  it('leaves the audit entry with its tenant when an operator changes it', async () => {
    const { id } = await create();
    await server.operator.ask(UPDATE, { input: { id, enabled: false } });
    await server.operator.ask(DELETE, { id });
    const { auditLog } = await acme.client.ask<{ auditLog: { nodes: { action: string }[] } }>(
      'query ($filter: AuditFilter) { auditLog(filter: $filter) { nodes { action } } }',
      { filter: { objectId: id } },
    );
    expect(auditLog.nodes.map(({ action }) => action)).toEqual([
      'sourceDelete',
      'sourceUpdate',
      'sourceCreate',
    ]);
  });
});

describe('the sources of a tenant', () => {
  it('are listed newest first, whole and in pages, and no others', async () => {
    const lister = await makeTenant(server, 'lister', ['sources:write']);
    const made: string[] = [];
    for (const name of ['a', 'b', 'c']) made.unshift((await create({ name }, lister)).id);
    const document = `{ sources { id } sourcesConnection(first: 2) { nodes { id } totalCount pageInfo { hasNextPage } } }`;
    expect(await lister.client.ask(document)).toEqual({
      sources: made.map((id) => ({ id })),
      sourcesConnection: {
        nodes: made.slice(0, 2).map((id) => ({ id })),
        totalCount: 3,
        pageInfo: { hasNextPage: true },
      },
    });
  });

  it('are seen with endpoints:read, changed with sources:write alone', async () => {
    const client = async (scopes: readonly string[]) => {
      const { plainKey } = await makeKey(server.operator, { tenantId: acme.id, name: 'x', scopes });
      return makeGraphqlClient(server.url, plainKey);
    };
    const reader = await client(['endpoints:read']);
    expect((await reader.ask<{ sources: unknown[] }>('{ sources { id } }')).sources.length).toBeGreaterThan(
      0,
    );
    expect(await reader.codeOf(DELETE, { id: 'x' })).toBe('FORBIDDEN');
    const neither = await client(
      SCOPES.filter((scope) => !['endpoints:read', 'sources:write'].includes(scope)),
    );
    for (const document of [
      '{ sources { id } }',
      '{ sourcesConnection { totalCount } }',
      '{ source(id: "x") { id } }',
    ])
      expect(await neither.codeOf(document)).toBe('FORBIDDEN');
    const input = { name: 'x', provider: 'GITHUB', signingSecret: SECRET };
    expect(await neither.codeOf(CREATE, { input })).toBe('FORBIDDEN');
    expect(await neither.codeOf(UPDATE, { input: { id: 'x' } })).toBe('FORBIDDEN');
    expect(await neither.codeOf(ROTATE, { input: { id: 'x', signingSecret: SECRET } })).toBe('FORBIDDEN');
  });

  it('are made by an operator for a tenant that is named', async () => {
    const input = { name: 'x', provider: 'GITHUB', signingSecret: SECRET };
    const unnamed = await server.operator.ask<Answer>(CREATE, { input });
    expect(unnamed.answer.userErrors).toMatchObject([{ field: ['tenantId'], code: 'REQUIRED' }]);
    const { answer } = await server.operator.ask<Answer>(CREATE, { input: { ...input, tenantId: acme.id } });
    expect(answer.source?.tenant.slug).toBe('acme');
  });
});
