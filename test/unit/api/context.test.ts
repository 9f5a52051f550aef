import { makeContext, renewLoaders, type Api } from '../../../src/api/context';
import type { Authentication } from '../../../src/api/sign-in/identity';
import type { TenantScope } from '../../../src/domain/settings';

const ID = 'end_0000000000000000000000000z';

function byTenant(tenantId: string): Authentication {
  return {
    ok: true,
    caller: { keyId: null, tenantId, isOperator: false, scopes: new Set() },
    actor: { kind: 'API_KEY', id: 'key_1', prefix: null },
  };
}

/** An API whose store notes for whom it is asked, and knows one endpoint, of the tenant `ten_a`. */
function makeGround() {
  const askedFor: TenantScope[] = [];
  const byIds = (scope: TenantScope, ids: readonly string[]) => {
    askedFor.push(scope);
    return Promise.resolve(scope === 'ten_a' ? ids.map((id) => ({ id })) : []);
  };
  const api = { stores: { endpoints: { byIds } } } as unknown as Api;
  return { api, askedFor };
}

describe('what an operation remembers', () => {
  it('is its own: another caller’s is read anew, for that caller’s tenant', async () => {
    const { api, askedFor } = makeGround();
    const [first, second] = [makeContext(api, byTenant('ten_a')), makeContext(api, byTenant('ten_b'))];
    expect(await first.loaders.endpoint.load(ID)).toMatchObject({ id: ID });
    expect(await second.loaders.endpoint.load(ID)).toBeUndefined();
    expect(askedFor).toEqual(['ten_a', 'ten_b']);
  });

  it('is of one operation, and of nothing before a write', async () => {
    const { api, askedFor } = makeGround();
    const context = makeContext(api, byTenant('ten_a'));
    for (const _ of [1, 2]) await context.loaders.endpoint.load(ID);
    expect(askedFor).toHaveLength(1);
    renewLoaders(context);
    await context.loaders.endpoint.load(ID);
    await makeContext(api, byTenant('ten_a')).loaders.endpoint.load(ID);
    expect(askedFor).toHaveLength(3);
  });

  it('is nothing of anybody for who is nobody', async () => {
    const { api, askedFor } = makeGround();
    await makeContext(api, { ok: false, reason: 'unauthenticated' }).loaders.endpoint.load(ID);
    expect(askedFor).toEqual(['']);
  });
});
