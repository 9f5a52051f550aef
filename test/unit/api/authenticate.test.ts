import { WRONG_CREDENTIALS, makeAuthenticator } from '../../../src/api/authenticate';
import type { ApiKey } from '../../../src/domain/settings';
import { hashApiKey, newApiKeyText, shownPart } from '../../../src/manage/api-key-text';
import { waitUntil } from '../../support/wait-until';

function setUp(changes: Partial<ApiKey> = {}) {
  const text = newApiKeyText();
  const key: ApiKey = {
    ...{ id: 'key_1', tenantId: 'ten_1', name: 'k', prefix: shownPart(text), scopes: ['events:read'] },
    ...{ lastUsedAt: null, expiresAt: null, createdAt: new Date() },
    ...changes,
  };
  const calls = { lookUps: 0, uses: 0 };
  let isThere = true;
  const authenticator = makeAuthenticator({
    operatorKey: 'wrn_operator-key-of-this-test',
    apiKeys: {
      findByHash(hash) {
        calls.lookUps++;
        return Promise.resolve(isThere && hash.equals(hashApiKey(text)) ? key : undefined);
      },
      findLive: () => Promise.resolve(isThere ? key : undefined),
      noteUse() {
        calls.uses++;
        return Promise.resolve();
      },
    },
    tenants: { find: () => Promise.resolve(undefined) },
    log: { warn: () => undefined },
  });
  const ask = (
    authorization: string | undefined = `Bearer ${text}`,
    actingTenant?: string,
    address?: string,
  ) => authenticator.authenticate({ authorization, actingTenant, address });
  return { ask, calls, authenticator, revoke: () => (isThere = false) };
}

describe('authentication', () => {
  it('remembers a key, and notes its use once', async () => {
    const { ask, calls } = setUp();
    for (let i = 0; i < 5; i++)
      expect(await ask()).toMatchObject({ ok: true, caller: { tenantId: 'ten_1', isOperator: false } });
    expect(calls).toEqual({ lookUps: 1, uses: 1 });
  });

  it('believes what it remembers for less than two seconds', async () => {
    const { ask, revoke } = setUp();
    await ask();
    revoke();
    expect((await ask()).ok).toBe(true);
    await waitUntil(async () => !(await ask()).ok, 1900);
  });

  it('forgets a revoked key at once', async () => {
    const { ask, authenticator, revoke } = setUp();
    await ask();
    revoke();
    authenticator.forget('key_1');
    expect(await ask()).toEqual({ ok: false, reason: 'unauthenticated' });
  });

  it('takes no expired key, however well remembered', async () => {
    const { ask } = setUp({ expiresAt: new Date(Date.now() + 500) });
    expect((await ask()).ok).toBe(true);
    await waitUntil(async () => !(await ask()).ok, 950);
  });

  it('knows the operator without asking the database', async () => {
    const { ask, calls } = setUp();
    expect(await ask('bearer wrn_operator-key-of-this-test')).toMatchObject({
      ok: true,
      caller: { tenantId: null, isOperator: true },
    });
    expect(calls.lookUps).toBe(0);
  });

  it.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(201)}`])(
    'takes nobody for %p',
    async (text) => {
      expect(await setUp().ask(text ?? '')).toEqual({ ok: false, reason: 'unauthenticated' });
    },
  );

  it('tells an unknown tenant to act for', async () => {
    expect(await setUp().ask('Bearer wrn_operator-key-of-this-test', 'nobody')).toEqual({
      ok: false,
      reason: 'unknown-tenant',
    });
  });
});

describe('an address with too many wrong keys', () => {
  const guessOften = async ({ ask, calls }: ReturnType<typeof setUp>) => {
    for (let i = 0; i < 2 * WRONG_CREDENTIALS.burst; i++)
      await ask(`Bearer wrn_guess-${i}`, undefined, '192.0.2.1');
    return calls.lookUps;
  };

  it('costs the database no more questions, and keeps a good key waiting that was not seen before', async () => {
    const all = setUp();
    const lookUps = await guessOften(all);
    expect(lookUps).toBeLessThan(1.5 * WRONG_CREDENTIALS.burst);
    expect(await all.ask(undefined, undefined, '192.0.2.1')).toMatchObject({
      ok: false,
      reason: 'rate-limited',
    });
    expect(all.calls.lookUps).toBe(lookUps);
    expect((await all.ask(undefined, undefined, '192.0.2.2')).ok).toBe(true);
    await waitUntil(async () => (await all.ask(undefined, undefined, '192.0.2.1')).ok, 2000);
  });

  it('does not hold up a key that was right before, until it is wrong', async () => {
    const all = setUp();
    expect((await all.ask(undefined, undefined, '192.0.2.1')).ok).toBe(true);
    await guessOften(all);
    expect((await all.ask(undefined, undefined, '192.0.2.1')).ok).toBe(true);
    all.revoke();
    all.authenticator.forget('key_1');
    expect(await all.ask(undefined, undefined, '192.0.2.1')).toEqual({
      ok: false,
      reason: 'unauthenticated',
    });
    await guessOften(all);
    expect(await all.ask(undefined, undefined, '192.0.2.1')).toMatchObject({ reason: 'rate-limited' });
  });
});

describe('the text of a key', () => {
  it('has 43 digits of base 62 and is never the same', () => {
    const texts = Array.from({ length: 200 }, newApiKeyText);
    for (const text of texts) expect(text).toMatch(/^wrn_[0-9A-Za-z]{43}$/);
    expect(new Set(texts).size).toBe(200);
  });
});
