import type { IncomingMessage } from 'node:http';
import { verifySignature } from '../../../domain/request/signature';
import { SIGNATURE_TOLERANCE_SECONDS } from '../../../domain/request/signature-tolerance';
import type { SignatureVerdict } from './arrivals';

/** What a careful receiver finds out before it reads a request; without a secret nothing can be found out. */
export function verdictOn(
  request: IncomingMessage,
  body: Buffer,
  secret: string | undefined,
): SignatureVerdict {
  if (secret === undefined) return 'not checked';
  const id = headerOf(request, 'webhook-id');
  const timestamp = headerOf(request, 'webhook-timestamp');
  const signature = headerOf(request, 'webhook-signature');
  if (id === undefined || timestamp === undefined || signature === undefined) return 'missing';
  const message = { secret, id, timestamp, body, header: signature };
  const verification = verifySignature({
    ...message,
    toleranceSeconds: SIGNATURE_TOLERANCE_SECONDS,
    now: Date.now(),
  });
  return verification.ok ? 'ok' : verification.reason;
}

export function isForged(verdict: SignatureVerdict): boolean {
  return verdict !== 'ok' && verdict !== 'not checked';
}

export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
