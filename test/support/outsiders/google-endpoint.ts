import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { startReceiver, type Arrival, type Receiver, type Reply } from './receiver';

const ACCOUNT = 'warren@acme-shop.iam.gserviceaccount.com';
const TOKEN = 'ya29.planted-token';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Google's token server, which takes what the service account signed and nothing else, and Pub/Sub, which takes its token. */
export interface GoogleEndpoint {
  /** `127.0.0.1:<port>` */
  host: string;
  /** The file of the service account's key. */
  serviceAccount: Record<string, string>;
  /** What was published. */
  arrivals(): Arrival[];
  /** What the next messages are refused with; undefined: they are taken. */
  refuse(refusal?: { status: number; code: string; message: string }): void;
  close(): Promise<void>;
}

export async function startGoogleEndpoint(): Promise<GoogleEndpoint> {
  const receiver: Receiver = await startReceiver();
  let refusal: { status: number; code: string; message: string } | undefined;
  /** Those that were given for a genuine statement. */
  const known = new Set<string>();
  let given = 0;
  receiver.answer(({ path, headers, body }): Reply => {
    if (path === '/token') {
      const token = `${TOKEN}-${++given}`;
      const assertion = new URLSearchParams(body.toString()).get('assertion') ?? '';
      const expected = { issuer: ACCOUNT, audience: receiver.url('/token') };
      const judged = jwtVerify(assertion, publicKey, expected).then(
        () => void known.add(`Bearer ${token}`),
        () => undefined,
      );
      return {
        status: 200,
        after: judged,
        body: JSON.stringify({ access_token: token, expires_in: 3600 }),
      };
    }
    if (!known.has(headers.authorization ?? '')) {
      return refused({ status: 401, code: 'UNAUTHENTICATED', message: 'This token is not mine.' });
    }
    return refusal ? refused(refusal) : { status: 200, body: '{"messageIds":["1"]}' };
  });
  const { host } = new URL(receiver.url('/'));
  return {
    host,
    serviceAccount: {
      type: 'service_account',
      client_email: ACCOUNT,
      private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      token_uri: receiver.url('/token'),
    },
    arrivals: () => receiver.arrivals.filter(({ path }) => path !== '/token'),
    refuse: (next) => void (refusal = next),
    close: () => receiver.close(),
  };
}

const refused = ({ status, code, message }: { status: number; code: string; message: string }): Reply => ({
  status,
  body: JSON.stringify({ error: { code: status, status: code, message } }),
});
