import {
  formAsJson,
  formOf,
  isForm,
  isObject,
  oneEvent,
  readObject,
  textOf,
  timeOfSeconds,
  typeOf,
  unreadable,
  type JsonObject,
} from './payload';
import { headerOf, type Provider, type Reading } from './provider';
import { isSigned, isUnixSeconds, verdictByAge } from './signatures';

/**
 * Slack (https://docs.slack.dev/authentication/verifying-requests-from-slack): `X-Slack-Signature` is `v0=` and the hex
 * HMAC of `v0:<X-Slack-Request-Timestamp>:<body>`. Events come as JSON; interactions and slash commands as forms. An
 * answer of more than nothing would be shown to people, so there is none.
 */
export const slack: Provider = {
  secretFault: (secret) =>
    /^x(ox|app)/.test(secret)
      ? 'this is a token of Slack; requests are signed with the signing secret of the app'
      : undefined,

  verify(request, secrets, now) {
    const signature = headerOf(request, 'x-slack-signature');
    const seconds = headerOf(request, 'x-slack-request-timestamp');
    if (signature === undefined || seconds === undefined) return 'unsigned';
    if (!isUnixSeconds(seconds) || !signature.startsWith('v0=')) return 'forged';
    const content = [`v0:${seconds}:`, request.body];
    const given = [signature.slice('v0='.length)];
    if (!isSigned({ algorithm: 'sha256', encoding: 'hex', secrets, content, given })) return 'forged';
    return verdictByAge(seconds, now);
  },

  read({ headers, body }) {
    if (!isForm(headers['content-type'])) return readObject(body, (object) => readEvent(object, body));
    const form = formOf(body);
    if (form.has('ssl_check')) return handshake('');
    const payload = form.get('payload');
    if (payload !== null) return readInteraction(Buffer.from(payload));
    if (!form.has('command')) return unreadable('the form is neither an interaction nor a slash command');
    const deliveryId = form.get('trigger_id') ?? undefined;
    return oneEvent({ type: 'slash_command', data: formAsJson(form), deliveryId });
  },
};

/** Slack asks now and then whether the address is there, and whose it is. */
const handshake = (body: string): Reading => ({
  kind: 'handshake',
  answer: { contentType: 'text/plain', body },
});

/** https://docs.slack.dev/apis/events-api: an event is wrapped, and the wrapper's id stays when it is sent again. */
function readEvent(wrapper: JsonObject, data: Buffer): Reading {
  if (wrapper.type === 'url_verification') {
    const challenge = textOf(wrapper.challenge);
    if (challenge === undefined) return unreadable('url_verification without a challenge');
    return handshake(challenge);
  }
  const event = isObject(wrapper.event) ? wrapper.event : wrapper;
  const type = textOf(event.type);
  if (type === undefined) return unreadable('the event has no `type`');
  return oneEvent({
    type: typeOf(type),
    data,
    deliveryId: textOf(wrapper.event_id),
    occurredAt: timeOfSeconds(wrapper.event_time),
  });
}

function readInteraction(data: Buffer): Reading {
  return readObject(data, ({ type, trigger_id: triggerId }) => {
    const name = textOf(type);
    if (name === undefined) return unreadable('the interaction has no `type`');
    return oneEvent({ type: typeOf(name), data, deliveryId: textOf(triggerId) });
  });
}
