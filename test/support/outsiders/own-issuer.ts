import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';

export interface OwnIssuer {
  issuer: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
  /** What its configuration says besides; changes what is answered from now on. */
  configuration: Record<string, unknown>;
  close(): Promise<void>;
}

/** An issuer whose private key the test has, for tokens that no honest issuer makes. */
export async function startOwnIssuer(): Promise<OwnIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), kid: 'own', use: 'sig' };
  const configuration: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys`, ...configuration }));
    } else response.end(JSON.stringify({ keys: [publicJwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ issuer, privateKey, publicJwk, configuration },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
