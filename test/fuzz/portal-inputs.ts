import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makePortalTokens } from '../../src/api/sign-in/portal-tokens';
import { readClaims } from '../../src/api/sign-in/token-claims';
import { newId } from '../../src/domain/ids';
import { jsonParts } from '../../src/portal/parts/values/json-parts';
import { compactJson } from '../../src/portal/parts/values/pretty-json';
import { lookOf } from '../../src/portal/session/look';
import { withoutServers } from './target';

const TENANT = newId('tenant');
const tokens = makePortalTokens([`test:${Buffer.alloc(32, 7).toString('base64')}`]);
const genuine = tokens.sign({
  tenantId: TENANT,
  scopes: ['events:read'],
  expiresAt: new Date(Date.now() + 86_400_000),
  subject: 'somebody',
  keyId: null,
});

const base64 = fc
  .oneof(
    fc.json(),
    fc.constantFrom('{"alg":"none"}', '{"alg":"HS256","kid":"test","typ":"portal+jwt"}', '{}'),
  )
  .map((text) => Buffer.from(text).toString('base64url'));
const anyToken = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.tuple(base64, base64, base64).map((parts) => parts.join('.')),
  fc.array(base64, { maxLength: 5 }).map((parts) => parts.join('.')),
);
const character = fc.constantFrom(...'A B C x y z 0 1 9 - _ . = + /'.split(' '), ' ', '\u0000', 'é');
const claims = fc.dictionary(
  fc.constantFrom('sub', 'client_id', 'tenant', 'scope', 'exp', 'key', '__proto__'),
  fc.oneof(fc.string(), fc.double(), fc.constantFrom(null, true, [], {}, 'tenants:admin events:read', '')),
  { noNullPrototype: true },
);

/** What the last letter of base64url leaves unused may differ, and the bytes are the same. */
const bytesOf = (token: string) =>
  token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));

export const portalInputs = withoutServers({
  'no text but a token of ours opens a session': fc.asyncProperty(anyToken, async (token) => {
    const verdict = await tokens.verify(token);
    assert.equal(verdict.ok, false);
  }),
  'a token that is changed at one place opens no other session': fc.asyncProperty(
    ...[fc.nat(), character],
    async (place, letter) => {
      const token = await genuine;
      const at = place % token.length;
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      const verdict = await tokens.verify(changed);
      if (verdict.ok) assert.deepEqual(bytesOf(changed), bytesOf(token));
    },
  ),
  'claims are read whole or not at all, and no tenant that cannot be read becomes none': fc.property(
    claims,
    (given) => {
      const read = readClaims(given);
      if (!read) return;
      assert.ok(read.subject.length > 0 && !Number.isNaN(read.expiresAt.getTime()));
      if (Object.hasOwn(given, 'tenant')) assert.equal(read.tenant, given.tenant);
    },
  ),
  'any text is shown whole, as colours or as people would write it': fc.property(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((text) => text.slice(0, -1)),
    ),
    (text) => {
      assert.equal(
        jsonParts(text)
          .map((part) => part.text)
          .join(''),
        text,
      );
    },
  ),
  'a link chooses no look but a colour, a logo over HTTPS and a scheme': fc.property(
    fc.string({ unit: 'binary' }),
    fc.dictionary(fc.constantFrom('color', 'logo', 'scheme', 'token'), fc.string({ unit: 'binary' })),
    (text, named) => {
      for (const given of [new URLSearchParams(text), new URLSearchParams({ ...named })]) {
        const { color, logo, scheme } = lookOf(given);
        assert.match(color ?? '#000000', /^#[0-9a-f]{6}$/i);
        assert.ok((logo ?? 'https://').startsWith('https://'));
        assert.ok(['light', 'dark', null].includes(scheme));
      }
    },
  ),
  'any JSON is written compactly as the same value': fc.property(fc.jsonValue(), (given) => {
    const plain = JSON.parse(JSON.stringify(given)) as unknown;
    assert.deepEqual(JSON.parse(compactJson(plain)), plain);
  }),
});
