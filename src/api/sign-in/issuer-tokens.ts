import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '../../runtime/logger';
import { readClaims, type TokenVerifier } from './token-claims';

export interface IssuerSettings {
  /** As the tokens' `iss` has it, to the letter. */
  issuer: string;
  audience: string;
  /** Between two look-ups of the issuer's keys for a key that is not among them. */
  cooldownMs?: number;
}

/** Signatures that only the issuer can make. With an HMAC among them, whoever knows the public key could sign. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** How far the clocks of issuer and us may be apart. */
const TOLERANCE_SECONDS = 5;
const TIMEOUT_MS = 5000;
const COOLDOWN_MS = 10_000;
const KEYS_BELIEVED_MS = 600_000;
/** An issuer that does not answer is not asked again for so long, or every request would wait for it. */
const PAUSE_MS = 1000;

/**
 * JWTs of one OpenID Connect issuer (https://openid.net/specs/openid-connect-discovery-1_0.html), with keys from its
 * JWKS. It is asked when the first token comes, never at the start.
 */
export function makeIssuerTokens(settings: IssuerSettings, log: Pick<Logger, 'warn'>): TokenVerifier {
  const { issuer, audience, cooldownMs = COOLDOWN_MS } = settings;
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let failedAt = -Infinity;

  async function discover(): Promise<JWTVerifyGetKey> {
    if (Date.now() - failedAt < PAUSE_MS) throw new Paused();
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the issuer’s configuration answers ${response.status}`);
    const jwks = jwksUrlOf((await response.json()) as object, issuer);
    return createRemoteJWKSet(jwks, {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: cooldownMs,
      cacheMaxAge: KEYS_BELIEVED_MS,
    });
  }

  function findKeys(): Promise<JWTVerifyGetKey> {
    keys ??= discover().catch((error: unknown) => {
      if (!(error instanceof Paused)) failedAt = Date.now();
      keys = undefined;
      throw error;
    });
    return keys;
  }

  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, await findKeys(), {
          issuer,
          audience,
          algorithms: ALGORITHMS,
          clockTolerance: TOLERANCE_SECONDS,
          requiredClaims: ['exp'],
        });
        const claims = readClaims(payload, TOLERANCE_SECONDS);
        return claims ? { ok: true, claims } : { ok: false, reason: 'unauthenticated' };
      } catch (err) {
        if (isTokensFault(err)) return { ok: false, reason: 'unauthenticated' };
        if (!(err instanceof Paused)) log.warn({ err, issuer }, 'issuer.unavailable');
        return { ok: false, reason: 'unavailable' };
      }
    },
  };
}

/** The issuer did not answer just now. */
class Paused extends Error {}

/** Section 4.3: the configuration must speak of the issuer it was asked for, or another's keys would count. */
function jwksUrlOf(configuration: { issuer?: unknown; jwks_uri?: unknown }, issuer: string): URL {
  const { issuer: named, jwks_uri: text } = configuration;
  if (named !== issuer) throw new Error('the issuer’s configuration names another issuer');
  if (typeof text !== 'string' || !URL.canParse(text))
    throw new Error('the issuer’s configuration has no jwks_uri');
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && issuer.startsWith('http:'));
  if (!isSafe) throw new Error('the issuer’s jwks_uri is not https');
  return url;
}

/** What jose throws about a token, apart from what it throws about the JWKS. */
const KEY_FAULTS: ReadonlySet<string> = new Set([
  errors.JOSEError.code,
  errors.JWKSInvalid.code,
  errors.JWKSTimeout.code,
]);

const isTokensFault = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !KEY_FAULTS.has(error.code);
