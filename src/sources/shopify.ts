import { oneEvent, readObject, timeOfText, typeOf, unreadable } from './payload';
import { headerOf, type Provider } from './provider';
import { isSigned } from './signatures';

/**
 * Shopify (https://shopify.dev/docs/apps/build/webhooks/subscribe/https): `X-Shopify-Hmac-Sha256` is the base64 HMAC of
 * the body under the app's client secret. No time is signed. The topic `orders/create` is in a header. A webhook keeps
 * its `X-Shopify-Webhook-Id` when it is sent again; `X-Shopify-Event-Id` is no delivery id: webhooks of several topics
 * that one action caused share it.
 */
export const shopify: Provider = {
  secretFault: (secret) =>
    /^shp(at|ca|pa|tka)_/.test(secret)
      ? 'this is an access token of Shopify; webhooks are signed with the client secret'
      : undefined,

  verify(request, secrets) {
    const signature = headerOf(request, 'x-shopify-hmac-sha256');
    if (signature === undefined) return 'unsigned';
    const signed = { secrets, content: [request.body], given: [signature] };
    return isSigned({ algorithm: 'sha256', encoding: 'base64', ...signed }) ? 'genuine' : 'forged';
  },

  read(request) {
    const topic = headerOf(request, 'x-shopify-topic');
    if (topic === undefined) return unreadable('the header X-Shopify-Topic is missing');
    return readObject(request.body, () =>
      oneEvent({
        type: typeOf(topic),
        data: request.body,
        deliveryId: headerOf(request, 'x-shopify-webhook-id'),
        occurredAt: timeOfText(headerOf(request, 'x-shopify-triggered-at')),
      }),
    );
  },
};
