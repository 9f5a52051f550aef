import { createHmac } from 'node:crypto';
import { newId } from '../../../src/domain/ids';
import type { PublishInput } from '../../../src/domain/routing/publish';
import type { SourceSettings } from '../../../src/domain/source';
import {
  WRONG_SIGNATURES,
  makeReceiveWebhook,
  type ReceiveDeps,
  type SourceHappening,
} from '../../../src/sources/receive-webhook';
import { makeRequest, withBody, withHeaders } from './made-up-request';

const SECRET = 'a-secret-of-a-webhook';
const BODY = '{"action":"opened","n":1.0}';
const ADDRESS = '203.0.113.7';

const source: SourceSettings = {
  id: newId('source'),
  tenantId: newId('tenant'),
  provider: 'GITHUB',
  eventTypePrefix: 'github',
  enabled: true,
  secrets: [SECRET],
};
const signatureOf = (body: string): string =>
  `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
const request = makeRequest(
  { 'x-github-event': 'issues', 'x-github-delivery': 'guid-1', 'x-hub-signature-256': signatureOf(BODY) },
  BODY,
);
const forged = withHeaders(request, { 'x-hub-signature-256': 'sha256=00' });

/** A receiver with one source and everything it did. */
function setUp(changes: Partial<ReceiveDeps> & { found?: SourceSettings } = {}) {
  const { found = source, ...deps } = changes;
  const published: PublishInput[][] = [];
  const notes: unknown[] = [];
  const seen: SourceHappening[] = [];
  const receive = makeReceiveWebhook({
    maxEventBytes: 1000,
    rateLimitPerSecond: 0,
    findSource: (id) => Promise.resolve(id === found.id ? found : undefined),
    publish(_tenantId, events) {
      published.push([...events]);
      return Promise.resolve('published');
    },
    note: (id, _at, refusal) => void notes.push([id, refusal]),
    observe: (happening) => void seen.push(happening),
    ...deps,
  });
  const send = (of = request, id = source.id, address = ADDRESS) => receive(id, of, address);
  return { send, published, notes, seen };
}

const codeOf = (answer: { body: string }): unknown => (JSON.parse(answer.body) as { code?: unknown }).code;

describe('a webhook that is genuine', () => {
  it('is published under the source’s prefix, with its bytes and a key of its delivery id', async () => {
    const { send, published, notes, seen } = setUp();
    expect(await send()).toEqual({ status: 200, headers: {}, body: '' });
    const expected = { type: 'github.issues.opened', idempotencyKey: `${source.id}/guid-1` };
    expect(published).toEqual([[{ ...expected, data: Buffer.from(BODY) }]]);
    expect(notes).toEqual([[source.id, undefined]]);
    expect(seen).toMatchObject([{ outcome: 'published', sourceId: source.id, types: [expected.type] }]);
  });

  it('is answered as the provider wants', async () => {
    const twilioSource: SourceSettings = { ...source, provider: 'TWILIO', eventTypePrefix: 'sms' };
    const url = 'https://warren.example/in/src_1';
    const signature = createHmac('sha1', SECRET).update(`${url}CallSidCA1CallStatusringing`).digest('base64');
    const call = makeRequest({ 'x-twilio-signature': signature }, 'CallSid=CA1&CallStatus=ringing', url);
    const { send, published } = setUp({ found: twilioSource });
    const answer = await send(call);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/xml' } });
    expect(answer.body).toContain('<Response/>');
    expect(published[0]?.[0]?.type).toBe('sms.call.ringing');
  });

  it('has a key that fits, however long its delivery id is', async () => {
    const { send, published } = setUp();
    await send(withHeaders(request, { 'x-github-delivery': 'x'.repeat(5000) }));
    await send(withHeaders(request, { 'x-github-delivery': 'x'.repeat(5001) }));
    const keys = published.map(([input]) => input?.idempotencyKey ?? '');
    expect(keys.every((key) => key.startsWith(`${source.id}/`) && key.length <= 255)).toBe(true);
    expect(new Set(keys).size).toBe(2);
  });

  it('is no event when it is a handshake', async () => {
    const { send, published, notes } = setUp();
    const answer = await send(withHeaders(request, { 'x-github-event': 'ping' }));
    expect(answer).toMatchObject({ status: 200, body: 'pong' });
    expect([published, notes]).toEqual([[], [[source.id, undefined]]]);
  });
});

describe('a webhook that is not taken', () => {
  it.each([
    ['the source is not known', request, newId('source'), 'unknown-source', undefined],
    ['the address holds no id', request, 'src_nonsense', 'unknown-source', undefined],
    [
      'it has no signature',
      withHeaders(request, { 'x-hub-signature-256': undefined }),
      source.id,
      'unsigned',
      'UNSIGNED',
    ],
    ['its signature is wrong', forged, source.id, 'bad-signature', 'BAD_SIGNATURE'],
    ['it was changed', withBody(request, `${BODY} `), source.id, 'bad-signature', 'BAD_SIGNATURE'],
  ])('looks the same from outside when %s', async (_what, of, id, outcome, told) => {
    const { send, published, notes, seen } = setUp();
    const answer = await send(of, id);
    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe('UNVERIFIED');
    expect(answer).toEqual(await setUp().send(request, newId('source')));
    expect(published).toEqual([]);
    expect(notes).toEqual(told ? [[source.id, told]] : []);
    expect(seen).toMatchObject([{ outcome }]);
  });

  it('is told that it is too old, when it is genuine', async () => {
    const seconds = 1_790_000_000;
    const signature = createHmac('sha256', SECRET).update(`v0:${seconds}:${BODY}`).digest('hex');
    const headers = { 'x-slack-signature': `v0=${signature}`, 'x-slack-request-timestamp': String(seconds) };
    const { send, published, notes } = setUp({
      found: { ...source, provider: 'SLACK' },
      now: () => (seconds + 301) * 1000,
    });
    const answer = await send(makeRequest(headers, BODY));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'TOO_OLD']);
    expect([published, notes]).toEqual([[], [[source.id, 'TOO_OLD']]]);
  });

  it('is told that the source is switched off, when it is genuine', async () => {
    const { send, published } = setUp({ found: { ...source, enabled: false } });
    const answer = await send();
    expect([answer.status, codeOf(answer)]).toEqual([403, 'DISABLED']);
    expect(codeOf(await send(forged))).toBe('UNVERIFIED');
    expect(published).toEqual([]);
  });

  it('is unreadable when it says nothing, or nothing that names an event type', async () => {
    const { send, published, seen } = setUp();
    const long = withHeaders(request, { 'x-github-event': 'e'.repeat(200) });
    for (const silent of [withHeaders(request, { 'x-github-event': undefined }), long]) {
      const answer = await send(silent);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'UNREADABLE']);
    }
    expect(published).toEqual([]);
    expect(seen.every(({ reason }) => (reason ?? '').length > 10)).toBe(true);
  });

  it('is too large when its data is', async () => {
    const { send, published } = setUp();
    const body = JSON.stringify({ text: 'x'.repeat(1000) });
    const answer = await send(
      withHeaders(withBody(request, body), { 'x-hub-signature-256': signatureOf(body) }),
    );
    expect([answer.status, codeOf(answer), published]).toEqual([413, 'TOO_LARGE', []]);
  });

  it('is asked for again when it cannot be published, at once or in time', async () => {
    const broken = setUp({ publish: () => Promise.reject(new Error('no broker')) });
    const hanging = setUp({ findSource: () => new Promise(() => undefined) });
    for (const { send, seen, notes } of [broken, hanging]) {
      const answer = await send();
      expect([answer.status, codeOf(answer), answer.headers['retry-after']]).toEqual([
        503,
        'UNAVAILABLE',
        '5',
      ]);
      expect(seen).toMatchObject([
        { outcome: 'unavailable', sourceId: source.id, error: expect.any(Error) as Error },
      ]);
      expect(notes).toEqual([]);
    }
  });
});

describe('too many', () => {
  it('wrong ones from one address hold up that address at that source alone', async () => {
    const second = { ...source, id: newId('source') };
    const { send, published } = setUp({
      findSource: (id) => Promise.resolve([source, second].find((each) => each.id === id)),
      now: () => 1_790_000_000_000,
    });
    for (let sent = 0; sent < WRONG_SIGNATURES.burst; sent++) expect((await send(forged)).status).toBe(404);
    const answer = await send();
    expect([answer.status, codeOf(answer), answer.headers['retry-after']]).toEqual([
      429,
      'RATE_LIMITED',
      '1',
    ]);
    expect((await send(request, source.id, '203.0.113.8')).status).toBe(200);
    expect((await send(request, second.id)).status).toBe(200);
    expect(published).toHaveLength(2);
  });

  it('genuine ones wait until the source may take the next', async () => {
    let now = 1_790_000_000_000;
    const { send, published } = setUp({ rateLimitPerSecond: 1, now: () => now });
    const statuses = [(await send()).status, (await send()).status, (await send()).status];
    expect(statuses).toEqual([200, 200, 429]);
    now += 1000;
    expect((await send()).status).toBe(200);
    expect(published).toHaveLength(3);
  });
});
