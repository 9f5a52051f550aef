import { formOf, isForm, oneEvent, readObject, textOf, typeOf, unreadable } from './payload';
import { headerOf, type InboundRequest, type Provider } from './provider';
import { isSigned } from './signatures';

/**
 * GitHub (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries): `X-Hub-Signature-256` is
 * `sha256=` and the hex HMAC of the body. No time is signed, so an old request cannot be told from a new one.
 * `X-GitHub-Delivery` stays the same when somebody has a webhook delivered again. The older SHA-1 header is not enough.
 */
export const github: Provider = {
  secretFault: () => undefined,

  verify(request, secrets) {
    const signature = headerOf(request, 'x-hub-signature-256');
    if (signature === undefined) return 'unsigned';
    const given = signature.startsWith('sha256=') ? [signature.slice('sha256='.length)] : [];
    const content = [request.body];
    return isSigned({ algorithm: 'sha256', encoding: 'hex', secrets, content, given }) ? 'genuine' : 'forged';
  },

  read(request) {
    const event = headerOf(request, 'x-github-event');
    if (event === undefined) return unreadable('the header X-GitHub-Event is missing');
    // Sent once when the webhook is made: it tells of nothing that happened.
    if (event === 'ping') return { kind: 'handshake', answer: { contentType: 'text/plain', body: 'pong' } };
    const data = payloadOf(request);
    return readObject(data, ({ action }) =>
      oneEvent({
        type: typeOf(event, textOf(action) ?? ''),
        data,
        deliveryId: headerOf(request, 'x-github-delivery'),
      }),
    );
  },
};

/** Whoever made the webhook chose whether the JSON is the body, or a field of a form. */
function payloadOf({ headers, body }: InboundRequest): Buffer {
  return isForm(headers['content-type']) ? Buffer.from(formOf(body).get('payload') ?? '') : body;
}
