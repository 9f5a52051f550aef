import { createHash } from 'node:crypto';
import { isSameSecret } from '../domain/is-same-secret';
import { checkJsonBytes, rawItems } from '../domain/data/json-bytes';
import {
  formAsJson,
  formOf,
  isObject,
  oneEvent,
  readObject,
  textOf,
  timeOfText,
  typeOf,
  unreadable,
} from './payload';
import { headerOf, type Provider, type ProviderEvent, type Reading } from './provider';
import { isSigned } from './signatures';

/**
 * Twilio (https://www.twilio.com/docs/usage/security#validating-requests): `X-Twilio-Signature` is the base64 HMAC-SHA1,
 * under the account's auth token, of the address that Twilio called and the form's fields, sorted. A JSON body is signed
 * by its hash, which Twilio puts into the address as `bodySHA256`. No time is signed.
 */
export const twilio: Provider = {
  secretFault: (secret) =>
    /^(AC|SK)[0-9a-f]{32}$/.test(secret)
      ? 'this is the SID of an account or key; Twilio signs with the auth token'
      : undefined,

  verify(request, secrets) {
    const signature = headerOf(request, 'x-twilio-signature');
    if (signature === undefined) return 'unsigned';
    const bodyHash = bodyHashOf(request.url);
    const fields = bodyHash === undefined ? sortedFields(formOf(request.body)) : '';
    const isGenuine = addressesOf(request.url)
      .map((address) => ({ secrets, content: [address, fields], given: [signature] }))
      .map((signed) => isSigned({ algorithm: 'sha1', encoding: 'base64', ...signed }))
      .includes(true);
    if (!isGenuine) return 'forged';
    if (bodyHash === undefined) return 'genuine';
    return isSameSecret(Buffer.from(bodyHash), Buffer.from(sha256(request.body))) ? 'genuine' : 'forged';
  },

  read(request) {
    if (bodyHashOf(request.url) !== undefined) return readJson(request.body);
    const form = formOf(request.body);
    return oneEvent({
      type: subjectOf(form),
      data: formAsJson(form),
      deliveryId: headerOf(request, 'i-twilio-idempotency-token'),
    });
  },

  // Anything else would be read out or sent to people as a message: this asks for nothing to be done.
  taken: { contentType: 'text/xml', body: '<?xml version="1.0" encoding="UTF-8"?><Response/>' },
};

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

const bodyHashOf = (url: string): string | undefined =>
  new URL(url).searchParams.get('bodySHA256') ?? undefined;

/** Twilio signs the address with the port or without it, by product; both are one address. */
function addressesOf(url: string): string[] {
  const [, scheme = '', host = '', port, rest = ''] =
    /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)?$/i.exec(url) ?? [];
  const defaultPort = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  return [`${scheme}://${host}${rest}`, `${scheme}://${host}${port ?? defaultPort}${rest}`];
}

/** Name and value of each field without anything between; a name's values sorted, each once. */
function sortedFields(form: URLSearchParams): string {
  return [...new Set(form.keys())]
    .sort()
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join('');
}

/** What a form is about: the first row of which it has the id and one of the fields, which says what happened. */
const SUBJECTS: readonly { subject: string; id: string; happened: readonly string[] }[] = [
  { subject: 'room', id: 'RoomSid', happened: ['StatusCallbackEvent'] },
  { subject: 'conference', id: 'ConferenceSid', happened: ['StatusCallbackEvent'] },
  { subject: 'conversation', id: 'ConversationSid', happened: ['EventType'] },
  { subject: 'taskrouter', id: 'WorkspaceSid', happened: ['EventType'] },
  { subject: 'recording', id: 'RecordingSid', happened: ['RecordingStatus'] },
  { subject: 'transcription', id: 'TranscriptionSid', happened: ['TranscriptionStatus'] },
  { subject: 'message', id: 'MessageSid', happened: ['MessageStatus', 'SmsStatus'] },
  { subject: 'call', id: 'CallSid', happened: ['CallStatus'] },
];

function subjectOf(form: URLSearchParams): string {
  for (const { subject, id, happened } of SUBJECTS) {
    const field = happened.find((name) => form.has(name));
    if (form.has(id) && field !== undefined) return typeOf(subject, form.get(field) ?? '');
  }
  return 'request';
}

/** Event Streams (https://www.twilio.com/docs/events/webhook-quickstart) send a list of CloudEvents. */
function readJson(body: Buffer): Reading {
  const json = checkJsonBytes(body);
  if (json.ok && Array.isArray(json.value)) {
    const items = rawItems(body);
    const events = json.value.flatMap((value, at) => readCloudEvent(value, items[at]) ?? []);
    return events.length === json.value.length && events.length > 0
      ? { kind: 'events', events }
      : unreadable('the list is empty, or has something other than CloudEvents');
  }
  return readObject(body, () => oneEvent({ type: 'request', data: body }));
}

function readCloudEvent(value: unknown, data: Buffer | undefined): ProviderEvent | undefined {
  if (!isObject(value) || data === undefined) return undefined;
  const type = textOf(value.type);
  if (type === undefined || textOf(value.specversion) === undefined) return undefined;
  return {
    type: typeOf(type.replace(/^com\.twilio\./, '')),
    data,
    deliveryId: textOf(value.id),
    occurredAt: timeOfText(value.time),
  };
}
