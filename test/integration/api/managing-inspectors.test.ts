import { makeGraphqlClient } from '../../support/graphql-client';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import type { UserError } from '../../support/managing';

let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  acme = await makeTenant(server, 'acme', ['endpoints:read', 'endpoints:write', 'audit:read']);
});
afterAll(() => server.close());

interface Inspector {
  id: string;
  url: string;
  name: string;
  hasSecret: boolean;
  answer: { status: number; delayMs: number; body: string; failuresLeft: number };
  createdAt: string;
  expiresAt: string;
  tenant: { slug: string };
}
interface Answer {
  inspector: Inspector | null;
  userErrors: UserError[];
}

const INSPECTOR =
  'id url name hasSecret answer { status delayMs body failuresLeft } createdAt expiresAt tenant { slug }';
const ask = async (field: string, type: string, input: object, by = acme): Promise<Answer> =>
  (
    await by.client.ask<{ answer: Answer }>(
      `mutation ($input: ${type}!) {
        answer: ${field}(input: $input) { inspector { ${INSPECTOR} } userErrors { field code message } } }`,
      { input },
    )
  ).answer;
const create = (input: object = {}, by = acme) => ask('inspectorCreate', 'InspectorCreateInput', input, by);
const update = (input: object) => ask('inspectorUpdate', 'InspectorUpdateInput', input);
const secondsLeft = ({ expiresAt }: Inspector): number => (Date.parse(expiresAt) - Date.now()) / 1000;

async function made(input: object = {}, by = acme): Promise<Inspector> {
  const { inspector, userErrors } = await create(input, by);
  if (!inspector) throw new Error(JSON.stringify(userErrors));
  return inspector;
}
const remove = (id: string) =>
  acme.client.ask<{ answer: { deletedId: string | null; userErrors: UserError[] } }>(
    'mutation ($id: ID!) { answer: inspectorDelete(id: $id) { deletedId userErrors { code } } }',
    { id },
  );

describe('an inspector', () => {
  it('answers 200 at once and lives for a day, unless it is told otherwise', async () => {
    const inspector = await made();
    expect(inspector).toMatchObject({
      name: 'Inspector',
      hasSecret: false,
      answer: { status: 200, delayMs: 0, body: '', failuresLeft: 0 },
      tenant: { slug: 'acme' },
    });
    expect(inspector.url).toMatch(/^http:\/\/warren\.example\/inspect\/[0-9a-f]{40}$/);
    expect(Math.abs(secondsLeft(inspector) - 86_400)).toBeLessThan(60);
    await remove(inspector.id);
  });

  it('changes what it is told to and nothing else; null is the default again', async () => {
    const { id, url } = await made({ name: ' Shop ', status: 503, failFirst: 3, body: 'later', delayMs: 20 });
    const { inspector: changed } = await update({ id, status: 204, expiresInSeconds: 120 });
    expect(changed).toMatchObject({
      ...{ id, url, name: 'Shop' },
      answer: { status: 204, delayMs: 20, body: 'later', failuresLeft: 3 },
    });
    expect(changed && secondsLeft(changed)).toBeLessThan(125);
    const { inspector: reset } = await update({
      ...{ id, name: null, status: null, failFirst: null, body: null, delayMs: null },
    });
    expect(reset).toMatchObject({
      name: 'Inspector',
      answer: { status: 200, delayMs: 0, body: '', failuresLeft: 0 },
    });
    await remove(id);
  });

  it('takes a secret and tells nobody', async () => {
    const secret = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    const inspector = await made({ secret });
    expect(inspector.hasSecret).toBe(true);
    const rows: unknown = await server.database.dataSource.query('select * from inspectors');
    const log = await acme.client.ask('{ auditLog(first: 50) { nodes { action fields objectId } } }');
    for (const place of [inspector, rows, log, server.logLines])
      expect(JSON.stringify(place)).not.toContain(secret.slice(6));
    expect(JSON.stringify(log)).toContain('inspectorCreate');
    const { inspector: without } = await update({ id: inspector.id, secret: null });
    expect(without?.hasSecret).toBe(false);
    await remove(inspector.id);
  });

  it.each([
    [{ status: 199 }, 'status', 'INVALID'],
    [{ status: 600 }, 'status', 'INVALID'],
    [{ delayMs: -1 }, 'delayMs', 'INVALID'],
    [{ delayMs: 30_001 }, 'delayMs', 'INVALID'],
    [{ failFirst: 1001 }, 'failFirst', 'INVALID'],
    [{ expiresInSeconds: 59 }, 'expiresInSeconds', 'INVALID'],
    [{ expiresInSeconds: 604_801 }, 'expiresInSeconds', 'INVALID'],
    [{ body: 'é'.repeat(8193) }, 'body', 'TOO_LONG'],
    [{ name: '' }, 'name', 'REQUIRED'],
    [{ name: 'x'.repeat(201) }, 'name', 'TOO_LONG'],
    [{ secret: 'hunter2' }, 'secret', 'INVALID'],
    [{ secret: '' }, 'secret', 'INVALID'],
  ])('is not made with %j', async (input, field, code) => {
    const { inspector, userErrors } = await create(input);
    expect([inspector, userErrors.map((fault) => [fault.field, fault.code])]).toEqual([
      null,
      [[[field], code]],
    ]);
    expect(userErrors[0]?.message).not.toContain('hunter2');
  });

  it('is one of ten at most, of which those that have expired do not count', async () => {
    const ids = [];
    for (let n = 0; n < 10; n++) ids.push((await made()).id);
    expect((await create()).userErrors).toMatchObject([{ code: 'LIMIT' }]);
    const past = new Date(Date.now() - 1000);
    await server.database.dataSource.query('update inspectors set expires_at = ? limit 1', [past]);
    ids.push((await made()).id);
    const { inspectors } = await acme.client.ask<{ inspectors: { totalCount: number; nodes: object[] } }>(
      '{ inspectors { totalCount nodes { id } } }',
    );
    expect([inspectors.totalCount, inspectors.nodes.length]).toEqual([10, 10]);
    const removed = [];
    for (const id of ids) removed.push((await remove(id)).answer.deletedId);
    expect(removed.filter((id) => id === null)).toHaveLength(1);
  });

  it('needs the scopes of endpoints, and of deliveries for what it has received', async () => {
    const reader = await makeTenant(server, 'reader', ['endpoints:read']);
    expect(
      await reader.client.codeOf('mutation { inspectorCreate(input: {}) { userErrors { code } } }'),
    ).toBe('FORBIDDEN');
    const { id } = await made();
    const requests = 'query ($id: ID!) { inspector(id: $id) { requests { nodes { id } } } }';
    expect(await acme.client.codeOf(requests, { id })).toBe('FORBIDDEN');
    await remove(id);
  });

  it('is gone with its tenant', async () => {
    const gone = await makeTenant(server, 'gone', ['endpoints:read', 'endpoints:write']);
    await made({}, gone);
    await server.operator.ask('mutation ($id: ID!) { tenantDelete(id: $id) { deletedId } }', { id: gone.id });
    const { inspectors } = await server.operator.ask<{ inspectors: { totalCount: number } }>(
      '{ inspectors { totalCount } }',
    );
    expect(inspectors.totalCount).toBe(0);
  });
});

it('is not made where the deployment has none, and the viewer is told so', async () => {
  const plain = await startApiServer({}, {}, { inspector: false });
  try {
    const tenant = await makeTenant(plain, 'acme', ['endpoints:write']);
    expect(await create({}, tenant)).toMatchObject({ inspector: null, userErrors: [{ code: 'CONFLICT' }] });
    const told = [];
    for (const { url, key } of [
      { url: plain.url, key: tenant.key },
      { url: server.url, key: acme.key },
    ]) {
      const { viewer } = await makeGraphqlClient(url, key).ask<{ viewer: { hasInspectors: boolean } }>(
        '{ viewer { hasInspectors } }',
      );
      told.push(viewer.hasInspectors);
    }
    expect(told).toEqual([false, true]);
  } finally {
    await plain.close();
  }
});
