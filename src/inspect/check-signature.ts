import type { SignatureCheck } from '../domain/inspector';
import { verifySignature } from '../domain/request/signature';
import { SIGNATURE_TOLERANCE_SECONDS } from '../domain/request/signature-tolerance';

export interface SignedParts {
  /** Headers `webhook-id`, `webhook-timestamp` and `webhook-signature`; undefined: it has none. */
  id: string | undefined;
  timestamp: string | undefined;
  signature: string | undefined;
  body: Buffer;
}

/** What a receiver would find that knows these secrets: any one that fits is enough. */
export function checkSignature(
  { id, timestamp, signature, body }: SignedParts,
  secrets: readonly string[],
  now: number,
): SignatureCheck {
  if (id === undefined || timestamp === undefined || signature === undefined) return 'UNSIGNED';
  let best: SignatureCheck = 'NO_SECRET';
  for (const secret of secrets) {
    const found = verifySignature({
      ...{ secret, id, timestamp, body, header: signature },
      ...{ toleranceSeconds: SIGNATURE_TOLERANCE_SECONDS, now },
    });
    if (found.ok) return 'VERIFIED';
    if (found.reason !== 'BAD_SECRET') best = found.reason;
  }
  return best;
}
