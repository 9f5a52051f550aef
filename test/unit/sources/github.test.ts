import { sign, verify as octokitVerify } from '@octokit/webhooks-methods';
import { github } from '../../../src/sources/github';
import { eventOf, makeRequest, withBody, withHeaders } from './made-up-request';

/** From GitHub's documentation, "Testing the webhook payload validation". */
const DOCS = {
  secret: "It's a Secret to Everybody",
  body: 'Hello, World!',
  signature: 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
};
const documented = makeRequest({ 'x-hub-signature-256': DOCS.signature }, DOCS.body);
const signedBy = (signature: string | undefined) =>
  withHeaders(documented, { 'x-hub-signature-256': signature });
const verify = (request: typeof documented, secrets = [DOCS.secret]) => github.verify(request, secrets, 0);

const BODY = '{"action":"opened","issue":{"id":12345678901234567890}}';
const issue = makeRequest(
  { 'x-github-event': 'issues', 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' },
  BODY,
);

describe('a webhook of GitHub', () => {
  it('is genuine as its documentation has it', () => {
    expect(verify(documented)).toBe('genuine');
  });

  it.each(['{}', BODY, '{"é":"✓"}', 'x'.repeat(100_000)])(
    'is genuine when octokit signed it (%#)',
    async (body) => {
      const signature = await sign('another secret', body);
      expect(verify(withBody(signedBy(signature), body), ['another secret'])).toBe('genuine');
    },
  );

  it.each([
    ['the body is another', withBody(documented, 'Hello, World?')],
    ['one digit is another', signedBy(DOCS.signature.replace('757', '758'))],
    ['it is cut short', signedBy(DOCS.signature.slice(0, -2))],
    ['something follows it', signedBy(`${DOCS.signature}00`)],
    ['it has capitals', signedBy(DOCS.signature.replace('ea0', 'EA0'))],
    ['it does not say how it was made', signedBy(DOCS.signature.slice('sha256='.length))],
    ['it is empty but for that', signedBy('sha256=')],
  ])('is forged when %s, and octokit agrees', async (_what, forged) => {
    expect(verify(forged)).toBe('forged');
    const signature = String(forged.headers['x-hub-signature-256']);
    expect(await octokitVerify(DOCS.secret, forged.body.toString(), signature)).toBe(false);
  });

  it('is forged for bytes that read as the same text', () => {
    expect(verify({ ...documented, body: Buffer.concat([documented.body, Buffer.from([0xff])]) })).toBe(
      'forged',
    );
  });

  it('is unsigned without the header, whatever the SHA-1 one says', () => {
    expect(verify(withHeaders(signedBy(undefined), { 'x-hub-signature': 'sha1=00' }))).toBe('unsigned');
    expect(verify(signedBy(''))).toBe('unsigned');
  });

  it('is taken with any of several secrets', () => {
    expect(verify(documented, ['the next one', DOCS.secret])).toBe('genuine');
    expect(verify(documented, ['the next one'])).toBe('forged');
    expect(verify(documented, [])).toBe('forged');
  });

  it('becomes an event named by its event and action, with its very bytes', () => {
    expect(eventOf(github.read(issue))).toEqual({
      type: 'issues.opened',
      data: BODY,
      deliveryId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    });
    const push = withBody(withHeaders(issue, { 'x-github-event': 'push' }), '{"ref":"refs/heads/main"}');
    expect(eventOf(github.read(push)).type).toBe('push');
  });

  it('may come as a form', () => {
    const form = withBody(
      withHeaders(issue, { 'content-type': 'application/x-www-form-urlencoded' }),
      `payload=${encodeURIComponent(BODY)}`,
    );
    expect(eventOf(github.read(form))).toMatchObject({ type: 'issues.opened', data: BODY });
    expect(github.read(withBody(form, 'other=1')).kind).toBe('unreadable');
  });

  it('is answered and no event when it is a ping', () => {
    const ping = withBody(withHeaders(issue, { 'x-github-event': 'ping' }), '{"zen":"Keep it simple."}');
    expect(github.read(ping)).toEqual({
      kind: 'handshake',
      answer: { contentType: 'text/plain', body: 'pong' },
    });
  });

  it('is unreadable without the name of its event, or without JSON', () => {
    expect(github.read(withHeaders(issue, { 'x-github-event': undefined })).kind).toBe('unreadable');
    expect(github.read(withBody(issue, '<xml/>')).kind).toBe('unreadable');
  });
});
