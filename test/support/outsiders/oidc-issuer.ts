import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface OidcClient {
  client_id: string;
  client_secret: string;
  /** What goes into the claim `tenant`. */
  tenant?: string;
  /** Seconds that its tokens live. */
  ttl?: number;
}

export interface OidcIssuer {
  issuer: string;
  /** The client-credentials flow: an access token for these scopes. */
  tokenFor(clientId: string, scope: string): Promise<string>;
  stop(): Promise<void>;
  /** With a new signing key. */
  start(): Promise<void>;
}

/** A real OpenID provider on a port, not started yet. */
export function makeOidcIssuer(port: number, audience: string, clients: OidcClient[]): OidcIssuer {
  const issuer = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  return {
    issuer,
    async start() {
      const started = spawn(
        process.execPath,
        [join(__dirname, 'oidc-provider.mjs'), String(port), audience, JSON.stringify(clients)],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      child = started;
      await Promise.race([
        once(started.stdout, 'data'),
        once(started, 'exit').then(() => Promise.reject(new Error('the OpenID provider did not start'))),
      ]);
    },
    async stop() {
      const running = child;
      child = undefined;
      if (running?.kill('SIGKILL')) await once(running, 'exit');
    },
    async tokenFor(clientId, scope) {
      const secret = clients.find((client) => client.client_id === clientId)?.client_secret ?? '';
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
      });
      const { access_token: token } = (await response.json()) as { access_token?: string };
      if (!token) throw new Error(`no token: ${response.status}`);
      return token;
    },
  };
}
