import { X509Certificate, createPrivateKey } from 'node:crypto';
import { z } from 'zod';

/** Forms that credentials have. No message of theirs quotes what was given. */

const MAX_LENGTH = 4096;
// eslint-disable-next-line no-control-regex -- what no credential has is what is looked for
const CONTROL = /[\x00-\x1f\x7f]/;

const text = (): z.ZodString =>
  z
    .string({ error: 'text is needed here' })
    .min(1, 'this must not be empty')
    .max(MAX_LENGTH, `at most ${MAX_LENGTH} characters`)
    .refine((value) => !CONTROL.test(value), 'this must not have control characters');

/** An object of these keys alone. A key that is none of them is named by the issue, and here are those there are. */
const only = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `there is no such key; there are ${Object.keys(shape).join(', ')}`
        : undefined,
  });

export const basicCredentials = only({
  type: z.literal('basic'),
  // RFC 7617 section 2: the first colon ends the name.
  username: text().refine((value) => !value.includes(':'), 'a user name has no colon'),
  password: text(),
});
export type BasicCredentials = z.infer<typeof basicCredentials>;

export const bearerCredentials = only({
  type: z.literal('bearer'),
  token: text().regex(/^[\x21-\x7e]+$/, 'a token has printable ASCII characters, and no space'),
});
export type BearerCredentials = z.infer<typeof bearerCredentials>;

/** RFC 6749 section 4.4. */
export const clientCredentials = only({
  type: z.literal('oauth2'),
  tokenUrl: text().max(2048, 'at most 2048 characters'),
  clientId: text(),
  clientSecret: text(),
  scope: text().optional(),
  audience: text().optional(),
  /** How the client proves itself at the token URL: in the header, as RFC 6749 prefers, or in the body. */
  clientAuthentication: z.enum(['basic', 'body'], { error: 'basic or body' }).default('basic'),
});
export type ClientCredentials = z.infer<typeof clientCredentials>;

const MAX_PEM_LENGTH = 16_384;
const pem = (): z.ZodString =>
  z
    .string({ error: 'PEM text is needed here' })
    .max(MAX_PEM_LENGTH, `at most ${MAX_PEM_LENGTH} characters`)
    .startsWith('-----BEGIN ', { error: 'this is no PEM: it begins with -----BEGIN', abort: true });

/** For receivers that know a caller by a certificate (mutual TLS). Those between it and its issuer may follow it. */
export const clientCertificate = only({
  type: z.literal('mtls'),
  certificate: pem(),
  privateKey: pem(),
}).superRefine(({ certificate, privateKey }, context) => {
  const field = faultOfPair(certificate, privateKey);
  if (field) context.addIssue({ code: 'custom', path: [field], message: PAIR_FAULTS[field] });
});
export type ClientCertificate = z.infer<typeof clientCertificate>;

const PAIR_FAULTS = {
  certificate: 'the certificate cannot be read',
  privateKey: 'the private key cannot be read, has a passphrase, or is not that of the certificate',
} as const;

function faultOfPair(certificate: string, privateKey: string): keyof typeof PAIR_FAULTS | undefined {
  let field: keyof typeof PAIR_FAULTS = 'certificate';
  try {
    const read = new X509Certificate(certificate);
    field = 'privateKey';
    return read.checkPrivateKey(createPrivateKey(privateKey)) ? undefined : field;
  } catch {
    // OpenSSL's message may quote what it was given.
    return field;
  }
}

const MIN_SECRET_BYTES = 32;
const ONE_KEY = 'give a secret (HMAC-SHA256) or a privateKey (Ed25519), and not both';

/** HTTP Message Signatures (RFC 9421): by HMAC-SHA256 with a secret, or by Ed25519 with a private key. */
export const httpSignatureKey = only({
  type: z.literal('http_signature'),
  // A string of RFC 8941 that needs no escapes.
  keyId: text()
    .max(256, 'at most 256 characters')
    .regex(
      /^[\x21\x23-\x5b\x5d-\x7e]+$/,
      'a key id has printable ASCII characters, no space, quote or backslash',
    ),
  secret: text().refine(isLongBase64, `a secret is base64 of at least ${MIN_SECRET_BYTES} bytes`).optional(),
  privateKey: pem()
    .refine((key) => typeOfKey(key) === 'ed25519', 'this is no private key of Ed25519, or has a passphrase')
    .optional(),
}).refine(({ secret, privateKey }) => (secret === undefined) !== (privateKey === undefined), ONE_KEY);
export type HttpSignatureKey = z.infer<typeof httpSignatureKey>;

function isLongBase64(value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length >= MIN_SECRET_BYTES && bytes.toString('base64') === value;
}

/** Of a user, or of a session of a role, which ends after hours. */
export const awsCredentials = only({
  type: z.literal('aws'),
  accessKeyId: text().regex(/^\w{16,128}$/, 'an access key id has 16 to 128 letters and digits'),
  secretAccessKey: text(),
  sessionToken: text()
    .regex(/^[\x21-\x7e]+$/, 'a session token has printable ASCII characters, and no space')
    .optional(),
});
export type AwsCredentials = z.infer<typeof awsCredentials>;

/** The file that Google gives for a service account, as it is; what is not needed of it is left out. */
export const serviceAccount = z.object({
  type: z.literal('service_account'),
  client_email: text(),
  private_key_id: text().optional(),
  private_key: pem().refine((key) => typeOfKey(key) === 'rsa', 'the private key cannot be read'),
  token_uri: text().max(2048, 'at most 2048 characters').default('https://oauth2.googleapis.com/token'),
});
export type ServiceAccount = z.infer<typeof serviceAccount>;

function typeOfKey(key: string): string | undefined {
  try {
    return createPrivateKey(key).asymmetricKeyType;
  } catch {
    return undefined;
  }
}

/** SASL (Kafka). */
export const saslCredentials = only({
  type: z.literal('sasl'),
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512'], {
    error: 'plain, scram-sha-256 or scram-sha-512',
  }),
  username: text(),
  password: text(),
});
export type SaslCredentials = z.infer<typeof saslCredentials>;

/** A choice by `type` that names the choices. */
export function oneOf<
  Options extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(names: string, options: Options) {
  const error = `credentials are an object whose type is ${names}`;
  return z.discriminatedUnion('type', options, { error });
}
