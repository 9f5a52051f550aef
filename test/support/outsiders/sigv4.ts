import { createHash, createHmac } from 'node:crypto';
import type { Arrival } from './receiver';

/** AWS Signature Version 4 as its documentation has it, from the other side: is this request signed with that key? */
export function faultOfSignature(
  { path, headers, body }: Pick<Arrival, 'path' | 'headers' | 'body'>,
  keys: { accessKeyId: string; secretAccessKey: string },
  scope: { region: string; service: string },
): string | undefined {
  const [, credential = '', signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const [accessKeyId, date = '', region, service, ending] = credential.split('/');
  if (accessKeyId !== keys.accessKeyId) return 'the access key is another';
  if (region !== scope.region || service !== scope.service || ending !== 'aws4_request') {
    return `the scope is ${credential}`;
  }
  const at = String(headers['x-amz-date']);
  if (!at.startsWith(date)) return 'the date of the scope is another than that of the request';
  const signed = signedHeaders.split(';');
  if (!signed.includes('host')) return 'the host is not signed';
  const url = new URL(path, 'http://host');
  const canonical = [
    'POST',
    url.pathname,
    url.search.slice(1),
    ...signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', at, `${date}/${region}/${service}/aws4_request`, sha256(canonical)];
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    (before, part) => hmac(before, part),
    `AWS4${keys.secretAccessKey}`,
  );
  return hmac(key, toSign.join('\n')).toString('hex') === signature
    ? undefined
    : `the signature does not fit; what was signed: ${canonical}`;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
