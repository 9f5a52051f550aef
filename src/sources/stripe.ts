import { oneEvent, readObject, textOf, timeOfSeconds, timeOfText, typeOf, unreadable } from './payload';
import { headerOf, type Provider } from './provider';
import { isSigned, isUnixSeconds, verdictByAge } from './signatures';

/**
 * Stripe (https://docs.stripe.com/webhooks#verify-manually): `Stripe-Signature: t=<seconds>,v1=<hex>,…`, the HMAC of
 * `t.body` under the endpoint's secret as it is written, `whsec_` included. While Stripe rolls a secret there is one
 * `v1` for each. An event keeps its `id` however often it is sent.
 */
export const stripe: Provider = {
  secretFault: (secret) =>
    secret.startsWith('whsec_')
      ? undefined
      : 'the signing secret of a Stripe endpoint begins with whsec_; it is not an API key',

  verify(request, secrets, now) {
    const header = headerOf(request, 'stripe-signature');
    if (header === undefined) return 'unsigned';
    const parts = header.split(',').map((part): [string, string] => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    });
    const valuesOf = (name: string): string[] =>
      parts.filter(([key]) => key === name).map(([, value]) => value);
    const [seconds = ''] = valuesOf('t');
    if (!isUnixSeconds(seconds)) return 'forged';
    const content = [`${seconds}.`, request.body];
    const given = valuesOf('v1');
    if (!isSigned({ algorithm: 'sha256', encoding: 'hex', secrets, content, given })) return 'forged';
    return verdictByAge(seconds, now);
  },

  read: ({ body }) =>
    readObject(body, ({ id, type, created }) => {
      const name = textOf(type);
      if (name === undefined) return unreadable('the event has no `type`');
      return oneEvent({
        type: typeOf(name),
        data: body,
        deliveryId: textOf(id),
        occurredAt: timeOfSeconds(created) ?? timeOfText(created),
      });
    }),
};
