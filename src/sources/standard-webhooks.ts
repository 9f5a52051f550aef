import { verifySignature } from '../domain/request/signature';
import { ed25519PublicKey, parseSecret } from '../domain/request/webhook-secret';
import { oneEvent, readObject, textOf, timeOfText, typeOf } from './payload';
import { headerOf, type InboundRequest, type Provider } from './provider';
import { verdictByAge } from './signatures';

/**
 * Whoever follows Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 with a
 * `whsec_`, or ed25519 with the sender's `whpk_`. Several senders still name the headers `svix-…`, as they were before.
 */
export const standardWebhooks: Provider = {
  secretFault(secret) {
    if (ed25519PublicKey(secret)) return undefined;
    const parsed = parseSecret(secret);
    const whatToGive = 'give the whsec_ that you share with the sender, or its public key, whpk_';
    if (!parsed.ok) return secret.startsWith('whsec_') ? parsed.reason : whatToGive;
    return parsed.scheme === 'ED25519' ? `a private key is the sender’s alone; ${whatToGive}` : undefined;
  },

  verify(request, secrets, now) {
    const id = partOf(request, 'id');
    const timestamp = partOf(request, 'timestamp');
    const header = partOf(request, 'signature');
    if (id === undefined || timestamp === undefined || header === undefined) return 'unsigned';
    // With a dot in it, one signed text could be read as two different messages.
    if (id.includes('.')) return 'forged';
    const message = { id, timestamp, header, body: request.body, now, toleranceSeconds: Infinity };
    // Every secret is tried, so that the time taken does not tell which one fits.
    const fits = secrets.map((secret) => verifySignature({ ...message, secret }).ok);
    return fits.includes(true) ? verdictByAge(timestamp, now) : 'forged';
  },

  read: (request) =>
    readObject(request.body, ({ type, timestamp }) =>
      oneEvent({
        // The type in the body is the standard's advice, and no more than that.
        type: typeOf(textOf(type) ?? 'received'),
        data: request.body,
        deliveryId: partOf(request, 'id'),
        occurredAt: timeOfText(timestamp),
      }),
    ),
};

const partOf = (request: InboundRequest, part: 'id' | 'timestamp' | 'signature'): string | undefined =>
  headerOf(request, `webhook-${part}`) ?? headerOf(request, `svix-${part}`);
