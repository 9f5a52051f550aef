import { createHmac } from 'node:crypto';
import { slack } from '../../../src/sources/slack';
import { eventOf, makeRequest, withBody, withHeaders } from './made-up-request';

/**
 * The worked example of Slack's documentation, "Verifying requests from Slack". `isValidSlackRequest` of @slack/bolt 5.1.0
 * takes and refuses the same variants of it as below, but for a time ahead of the clock, which it takes.
 */
const DOCS = {
  secret: '8f742231b10e8888abcd99yyyzzz85a5',
  seconds: '1531420618',
  body:
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar' +
    '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com' +
    '%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14' +
    'd10d2c447fce8b6703c',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
};
const NOW = Number(DOCS.seconds) * 1000;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const command = makeRequest(
  { ...FORM, 'x-slack-signature': DOCS.signature, 'x-slack-request-timestamp': DOCS.seconds },
  DOCS.body,
);
const verify = (of: typeof command, secrets = [DOCS.secret], now = NOW) => slack.verify(of, secrets, now);
const json = (value: unknown) => makeRequest({ 'content-type': 'application/json' }, JSON.stringify(value));

describe('a request of Slack', () => {
  it('is genuine as its documentation has it', () => {
    expect(verify(command)).toBe('genuine');
  });

  it.each([
    ['the body is another', withBody(command, DOCS.body.replace('roadrunner', 'coyote'))],
    ['the time is another', withHeaders(command, { 'x-slack-request-timestamp': '1531420619' })],
    ['the time is no number', withHeaders(command, { 'x-slack-request-timestamp': '1531420618 ' })],
    [
      'one digit is another',
      withHeaders(command, { 'x-slack-signature': DOCS.signature.replace('a2', 'a3') }),
    ],
    [
      'its version is another',
      withHeaders(command, { 'x-slack-signature': DOCS.signature.replace('v0', 'v1') }),
    ],
  ])('is forged when %s', (_what, forged) => {
    expect(verify(forged)).toBe('forged');
  });

  it.each(['x-slack-signature', 'x-slack-request-timestamp'])('is unsigned without %s', (name) => {
    expect(verify(withHeaders(command, { [name]: undefined }))).toBe('unsigned');
  });

  it('is stale beyond five minutes, either way', () => {
    expect(verify(command, [DOCS.secret], NOW + 300_000)).toBe('genuine');
    expect(verify(command, [DOCS.secret], NOW + 301_000)).toBe('stale');
    expect(verify(command, [DOCS.secret], NOW - 301_000)).toBe('stale');
  });

  it('is forged when its time is signed and no whole number of seconds', () => {
    for (const seconds of [
      `${DOCS.seconds}.0`,
      `${DOCS.seconds}e0`,
      `0x${Number(DOCS.seconds).toString(16)}`,
    ]) {
      const hmac = createHmac('sha256', DOCS.secret).update(`v0:${seconds}:${DOCS.body}`).digest('hex');
      const headers = { 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${hmac}` };
      expect(verify(withHeaders(command, headers))).toBe('forged');
    }
  });

  it('is forged, not stale, when it is old and wrong', () => {
    expect(verify(withBody(command, 'x=1'), [DOCS.secret], NOW + 301_000)).toBe('forged');
  });

  it('is taken with any of several secrets', () => {
    expect(verify(command, ['the-next-secret', DOCS.secret])).toBe('genuine');
    expect(verify(command, ['the-next-secret'])).toBe('forged');
  });

  it('is signed over bytes, whatever they are', () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const hmac = createHmac('sha256', DOCS.secret).update(`v0:${DOCS.seconds}:`).update(body).digest('hex');
    const request = { ...withHeaders(command, { 'x-slack-signature': `v0=${hmac}` }), body };
    expect(verify(request)).toBe('genuine');
    expect(verify({ ...request, body: Buffer.from('{\ufffd}') })).toBe('forged');
  });
});

describe('what Slack says', () => {
  it('is an event in its wrapper, known by the wrapper’s id', () => {
    const wrapper = {
      type: 'event_callback',
      event_id: 'Ev1',
      event_time: 1_700_000_000,
      event: { type: 'app_mention' },
    };
    expect(eventOf(slack.read(json(wrapper)))).toEqual({
      type: 'app_mention',
      data: JSON.stringify(wrapper),
      deliveryId: 'Ev1',
      occurredAt: new Date(1_700_000_000_000),
    });
  });

  it('is an event of its own when it is about the app', () => {
    expect(eventOf(slack.read(json({ type: 'app_rate_limited', team_id: 'T1' }))).type).toBe(
      'app_rate_limited',
    );
  });

  it('is a challenge, which is answered with itself', () => {
    expect(slack.read(json({ type: 'url_verification', challenge: '3eZbrw1a' }))).toEqual({
      kind: 'handshake',
      answer: { contentType: 'text/plain', body: '3eZbrw1a' },
    });
    expect(slack.read(withBody(command, 'ssl_check=1&token=x')).kind).toBe('handshake');
  });

  it('is an interaction, whose JSON is a field of a form', () => {
    const payload = '{"type":"block_actions","trigger_id":"1.2.3","big":12345678901234567890}';
    const form = withBody(command, `payload=${encodeURIComponent(payload)}`);
    expect(eventOf(slack.read(form))).toEqual({ type: 'block_actions', data: payload, deliveryId: '1.2.3' });
  });

  it('is a slash command, as JSON', () => {
    const { data, ...event } = eventOf(slack.read(command));
    expect(event).toEqual({
      type: 'slash_command',
      deliveryId: '398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    });
    expect(JSON.parse(data)).toMatchObject({
      command: '/webhook-collect',
      text: '',
      user_name: 'roadrunner',
    });
  });

  it.each([
    json({}),
    json({ type: 'url_verification' }),
    json({ type: 'event_callback', event: {} }),
    makeRequest(FORM, 'a=1'),
    makeRequest(FORM, 'payload=%7B%7D'),
    makeRequest({}, ''),
  ])('is unreadable: %#', (request) => {
    expect(slack.read(request).kind).toBe('unreadable');
  });

  it('is signed with a signing secret, which is no token', () => {
    expect(slack.secretFault(DOCS.secret)).toBeUndefined();
    for (const token of ['xoxb-1-2', 'xapp-1-2', 'xoxp-1'])
      expect(slack.secretFault(token)).toContain('signing');
  });
});
