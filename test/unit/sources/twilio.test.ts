import {
  getExpectedBodyHash,
  getExpectedTwilioSignature,
  validateRequest,
  validateRequestWithBody,
} from 'twilio/lib/webhooks/webhooks';
import { twilio } from '../../../src/sources/twilio';
import { eventOf, makeRequest, withBody, withHeaders } from './made-up-request';

/** The example of Twilio's libraries and of its documentation. */
const TOKEN = '12345';
const URL_CALLED = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const PARAMS = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
};
const SIGNATURE = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';

const bodyOf = (params: Record<string, string | string[]>): string =>
  Object.entries(params)
    .flatMap(([name, values]) => [values].flat().map((value) => `${name}=${encodeURIComponent(value)}`))
    .join('&');
const call = makeRequest({ 'x-twilio-signature': SIGNATURE }, bodyOf(PARAMS), URL_CALLED);
const verify = (of: typeof call, secrets = [TOKEN]) => twilio.verify(of, secrets, 0);
const signedBy = (signature: string | undefined) => withHeaders(call, { 'x-twilio-signature': signature });
const at = (url: string, of = call) => ({ ...of, url });

describe('a form of Twilio', () => {
  it('is genuine as its libraries have it', () => {
    expect(verify(call)).toBe('genuine');
  });

  it('may have a name several times: sorted, each value once', () => {
    const params = { Sid: 'CA123', SidAccount: 'AC123', Digits: ['5678', '1234', '1234'] };
    expect(verify(withBody(signedBy('IK+Dwps556ElfBT0I3Rgjkr1wJU='), bodyOf(params)))).toBe('genuine');
  });

  it.each([
    {},
    { Body: 'ünïcödé + spaces & signs = 100%' },
    { b: '1', a: '2', B: '3', ä: '4', '': '5' },
    { FromCity: '', MessageSid: 'SM1' },
  ])('is genuine when the SDK signed it: %j', (params) => {
    const signature = getExpectedTwilioSignature(TOKEN, URL_CALLED, params);
    expect(verify(withBody(signedBy(signature), bodyOf(params as Record<string, string>)))).toBe('genuine');
  });

  it.each([
    ['a field is another', withBody(call, bodyOf({ ...PARAMS, Digits: '1235' }))],
    ['a field is missing', withBody(call, bodyOf({ ...PARAMS, Digits: '' }))],
    ['the address is another', at(URL_CALLED.replace('foo=1', 'foo=2'))],
    ['the host is another', at(URL_CALLED.replace('mycompany', 'warren'))],
    ['the scheme is another', at(URL_CALLED.replace('https', 'http'))],
    ['one letter is another', signedBy(SIGNATURE.replace('RSO', 'RSP'))],
    ['it is empty but for padding', signedBy('=')],
  ])('is forged when %s, and the SDK agrees', (_what, forged) => {
    expect(verify(forged)).toBe('forged');
    const params = Object.fromEntries(new URLSearchParams(forged.body.toString()));
    const signature = String(forged.headers['x-twilio-signature']);
    expect(validateRequest(TOKEN, signature, forged.url, params)).toBe(false);
  });

  it('is genuine whether Twilio signed the port or not', () => {
    const withPort = URL_CALLED.replace('mycompany.com', 'mycompany.com:443');
    expect(verify(at(withPort))).toBe('genuine');
    const signature = getExpectedTwilioSignature(TOKEN, withPort, PARAMS);
    expect(verify(signedBy(signature))).toBe('genuine');
    const unusual = URL_CALLED.replace('mycompany.com', '[::1]:8443');
    const unusualSignature = getExpectedTwilioSignature(TOKEN, unusual, PARAMS);
    expect(verify(at(unusual, signedBy(unusualSignature)))).toBe('genuine');
    expect(verify(at(unusual.replace(':8443', ''), signedBy(unusualSignature)))).toBe('forged');
  });

  it('is unsigned without the header', () => {
    expect(verify(signedBy(undefined))).toBe('unsigned');
  });

  it('is taken with any of several tokens', () => {
    expect(verify(call, ['the-next-token', TOKEN])).toBe('genuine');
    expect(verify(call, ['the-next-token'])).toBe('forged');
  });
});

describe('JSON of Twilio', () => {
  const BODY =
    '[{"specversion":"1.0","id":"EZ1","type":"com.twilio.messaging.message.sent","time":"2026-01-02T03:04:05Z","n":1.0}]';
  const url = `https://warren.example/in/src_1?bodySHA256=${getExpectedBodyHash(BODY)}`;
  const headers = { 'x-twilio-signature': getExpectedTwilioSignature(TOKEN, url, {}) };
  const request = makeRequest(headers, BODY, url);

  it('is genuine when address and body fit, and the SDK agrees', () => {
    expect(verify(request)).toBe('genuine');
    expect(validateRequestWithBody(TOKEN, headers['x-twilio-signature'], url, BODY)).toBe(true);
  });

  it('is forged when the body is another, or the hash', () => {
    expect(verify(withBody(request, BODY.replace('EZ1', 'EZ2')))).toBe('forged');
    const other = url.replace(getExpectedBodyHash(BODY), getExpectedBodyHash('[]'));
    expect(verify({ ...withBody(request, '[]'), url: other })).toBe('forged');
  });

  it('is one event for each CloudEvent of Event Streams, with its very bytes', () => {
    const second =
      '{ "specversion": "1.0", "id": "EZ2", "type": "com.twilio.voice.insights.call-summary.partial" }';
    const reading = twilio.read(withBody(request, ` [ ${BODY.slice(1, -1)} , ${second} ] `));
    expect(reading).toEqual({
      kind: 'events',
      events: [
        {
          type: 'messaging.message.sent',
          data: Buffer.from(BODY.slice(1, -1)),
          deliveryId: 'EZ1',
          occurredAt: new Date('2026-01-02T03:04:05Z'),
        },
        { type: 'voice.insights.call-summary.partial', data: Buffer.from(second), deliveryId: 'EZ2' },
      ],
    });
  });

  it.each(['[]', '[1]', '[{"type":"a"}]', '"text"', '{', ''])('is unreadable: %s', (body) => {
    expect(twilio.read(withBody(request, body)).kind).toBe('unreadable');
  });

  it('may be something else', () => {
    expect(eventOf(twilio.read(withBody(request, '{"a":1.0}')))).toMatchObject({
      type: 'request',
      data: '{"a":1.0}',
    });
  });
});

describe('what a form of Twilio is about', () => {
  it.each([
    [
      'message.delivered',
      { MessageSid: 'SM1', SmsSid: 'SM1', MessageStatus: 'delivered', SmsStatus: 'delivered' },
    ],
    ['message.received', { MessageSid: 'SM1', SmsStatus: 'received', Body: 'hello' }],
    ['call.in-progress', { CallSid: 'CA1', CallStatus: 'in-progress' }],
    ['recording.completed', { CallSid: 'CA1', RecordingSid: 'RE1', RecordingStatus: 'completed' }],
    [
      'conference.participant-join',
      { ConferenceSid: 'CF1', CallSid: 'CA1', StatusCallbackEvent: 'participant-join' },
    ],
    ['room.room-ended', { RoomSid: 'RM1', StatusCallbackEvent: 'room-ended' }],
    ['conversation.onMessageAdded', { ConversationSid: 'CH1', EventType: 'onMessageAdded' }],
    ['taskrouter.task.created', { WorkspaceSid: 'WS1', EventType: 'task.created' }],
    ['request', { AccountSid: 'AC1' }],
  ])('is %s', (type, params) => {
    const request = withHeaders(withBody(call, bodyOf(params)), { 'i-twilio-idempotency-token': 'token-1' });
    const event = eventOf(twilio.read(request));
    expect(event).toMatchObject({ type, deliveryId: 'token-1' });
    expect(JSON.parse(event.data)).toEqual(params);
  });

  it('is kept when a name comes twice, or is one that JavaScript minds', () => {
    const { data } = eventOf(twilio.read(withBody(call, 'a=1&a=2&__proto__=x')));
    expect(data).toBe('{"a":["1","2"],"__proto__":"x"}');
  });

  it('is answered with nothing to do', () => {
    expect(twilio.taken).toEqual({
      contentType: 'text/xml',
      body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
    });
  });

  it('is signed with the auth token, which is no SID', () => {
    expect(twilio.secretFault('0123456789abcdef0123456789abcdef')).toBeUndefined();
    expect(twilio.secretFault('AC0123456789abcdef0123456789abcdef')).toContain('auth token');
  });
});
