import { createHash, createHmac, createPrivateKey, sign } from 'node:crypto';
import type { HttpSignatureKey } from '../credential-types';
import type { DestinationRequest } from '../destination';

/** What is signed of a message: the name of a header in lower case, or of a derived component such as `@method`. */
export type Component = readonly [name: string, value: string];

/** Of the request's headers, beside what is derived from it and the digest of its body. */
const SIGNED_HEADERS = ['content-type', 'webhook-id', 'webhook-timestamp'];
const LABEL = 'sig1';

/** The request with a digest of its body (RFC 9530) and a signature (RFC 9421) in its headers. */
export function withMessageSignature(request: DestinationRequest, key: HttpSignatureKey): DestinationRequest {
  const headers: Record<string, string> = { ...request.headers, 'content-digest': digestOf(request.body) };
  const components: Component[] = [
    ['@method', 'POST'],
    ['@target-uri', new URL(request.url).href],
    ...['content-digest', ...SIGNED_HEADERS]
      .filter((name) => headers[name] !== undefined)
      .map((name): Component => [name, headers[name] ?? '']),
  ];
  const { input, signature } = signComponents(components, Number(headers['webhook-timestamp']), key);
  return {
    ...request,
    headers: {
      ...headers,
      'signature-input': `${LABEL}=${input}`,
      signature: `${LABEL}=:${signature}:`,
    },
  };
}

/**
 * RFC 9421 section 2.5. The algorithm is not named: the receiver knows it by the key, and whoever could name another would
 * choose how they are checked.
 * @returns the value of Signature-Input's member, and the signature in base64
 */
export function signComponents(
  components: readonly Component[],
  createdSeconds: number,
  key: HttpSignatureKey,
): { input: string; signature: string } {
  const names = components.map(([name]) => `"${name}"`).join(' ');
  const input = `(${names});created=${createdSeconds};keyid="${key.keyId}"`;
  const lines = components.map(([name, value]) => `"${name}": ${value.trim()}\n`).join('');
  const base = Buffer.from(`${lines}"@signature-params": ${input}`);
  const signature =
    key.privateKey === undefined
      ? createHmac('sha256', Buffer.from(key.secret ?? '', 'base64'))
          .update(base)
          .digest()
      : sign(null, base, createPrivateKey(key.privateKey));
  return { input, signature: signature.toString('base64') };
}

const digestOf = (body: Buffer): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
