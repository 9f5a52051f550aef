import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { newId } from '../../src/domain/ids';
import type { PublishInput } from '../../src/domain/routing/publish';
import { SOURCE_PROVIDERS, type SourceProvider } from '../../src/domain/source';
import { isEventType } from '../../src/domain/routing/topic-pattern';
import type { InboundRequest } from '../../src/sources/provider';
import { PROVIDERS, makeReceiveWebhook } from '../../src/sources/receive-webhook';
import { withoutServers } from './target';

const NOW_MS = 1_790_000_000_000;
const SECONDS = String(NOW_MS / 1000);
const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const ID = newId('source');
const ANSWERS = new Set([200, 400, 404, 413]);

const hmac = (algorithm: string, key: string | Buffer, ...parts: (string | Buffer)[]) =>
  parts.reduce<ReturnType<typeof createHmac>>((sum, part) => sum.update(part), createHmac(algorithm, key));

/** The headers that make a body genuine, and the address it is sent to. */
const SIGNED: Record<SourceProvider, (body: Buffer) => { headers: Record<string, string>; query?: string }> =
  {
    STRIPE: (body) => ({
      headers: {
        'stripe-signature': `t=${SECONDS},v1=${hmac('sha256', SECRET, `${SECONDS}.`, body).digest('hex')}`,
      },
    }),
    GITHUB: (body) => ({
      headers: { 'x-hub-signature-256': `sha256=${hmac('sha256', SECRET, body).digest('hex')}` },
    }),
    SHOPIFY: (body) => ({
      headers: { 'x-shopify-hmac-sha256': hmac('sha256', SECRET, body).digest('base64') },
    }),
    TWILIO: (body) => {
      const query = `?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
      return {
        headers: { 'x-twilio-signature': hmac('sha1', SECRET, addressOf(query)).digest('base64') },
        query,
      };
    },
    SLACK: (body) => ({
      headers: {
        'x-slack-request-timestamp': SECONDS,
        'x-slack-signature': `v0=${hmac('sha256', SECRET, `v0:${SECONDS}:`, body).digest('hex')}`,
      },
    }),
    STANDARD_WEBHOOKS: (body) => ({
      headers: {
        'webhook-id': 'msg_1',
        'webhook-timestamp': SECONDS,
        'webhook-signature': `v1,${hmac('sha256', Buffer.alloc(32, 1), `msg_1.${SECONDS}.`, body).digest('base64')}`,
      },
    }),
  };
const addressOf = (query = '') => `https://warren.example/in/${ID}${query}`;

const WORDS = [
  ...['type', 'id', 'created', 'event', 'event_id', 'event_time', 'challenge', 'url_verification', 'action'],
  ...['payload', 'command', 'zen', 'specversion', 'data', 'time', 'timestamp', 'source', 'CallSid', 'topic'],
];
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 12 }));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.double(),
    fc.constantFrom(1.79e9, 8.64e15, -1, '2026-01-01T00:00:00Z', null, true, '1.0'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(word, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  value.map((json) => Buffer.from(JSON.stringify(json))),
  fc
    .array(fc.tuple(word, fc.oneof(word, fc.json({ maxDepth: 2 }))), { maxLength: 4 })
    .map((fields) => Buffer.from(fields.map((pair) => pair.map(encode).join('=')).join('&'))),
  fc.json().map((text) => Buffer.from(text.slice(0, -1))),
);
/** Lone surrogates have no form in an address. */
const encode = (text: string): string => encodeURIComponent(Buffer.from(text).toString());
const headerText = fc.oneof(
  fc.constantFrom('ping', 'push', 'orders/create', 'application/json', 'application/x-www-form-urlencoded'),
  fc.string({ maxLength: 30 }),
);
const HEADERS = [
  ...['x-github-event', 'x-github-delivery', 'x-shopify-topic', 'x-shopify-webhook-id', 'content-type'],
  ...['i-twilio-idempotency-token', 'x-slack-retry-num', 'x-shopify-triggered-at', 'x-shopify-event-id'],
];
const headers = fc.dictionary(fc.constantFrom(...HEADERS), headerText, { noNullPrototype: true });
const provider = fc.constantFrom(...SOURCE_PROVIDERS);

const SIGNATURES = SOURCE_PROVIDERS.flatMap((name) => Object.keys(SIGNED[name](Buffer.from('{}')).headers));
const forged = fc.dictionary(
  fc.constantFrom(...SIGNATURES),
  fc.oneof(
    headerText,
    fc.constantFrom(`t=${SECONDS},v1=00`, SECONDS, 'v1,AAAA', 'sha256=', 'v0=', ',,=', 't='),
  ),
  { noNullPrototype: true },
);

let published: PublishInput[] = [];
let faults: unknown[] = [];
let requests = 0;

const takeFor = (name: SourceProvider) =>
  makeReceiveWebhook({
    maxEventBytes: 4096,
    rateLimitPerSecond: 0,
    findSource: () =>
      Promise.resolve({
        ...{ id: ID, tenantId: newId('tenant'), provider: name, eventTypePrefix: 'in' },
        ...{ enabled: true, secrets: [SECRET] },
      }),
    publish(_tenantId, events) {
      published.push(...events);
      return Promise.resolve('published');
    },
    note: () => undefined,
    observe({ error }) {
      if (error !== undefined) faults.push(error);
    },
    now: () => NOW_MS,
  });
const TAKE = new Map(SOURCE_PROVIDERS.map((name) => [name, takeFor(name)]));

async function receive(name: SourceProvider, request: InboundRequest) {
  published = [];
  faults = [];
  // Each from an address of its own: many wrong signatures from one are not looked at any more.
  const answer = await TAKE.get(name)?.(ID, request, `address ${requests++}`);
  assert.deepEqual(faults, []);
  assert.ok(answer && ANSWERS.has(answer.status), `answers ${answer?.status}`);
  return { answer };
}

export const inboundBodies = withoutServers({
  'whatever a provider signs becomes events that can be published, or is refused': fc.asyncProperty(
    ...[provider, body, headers],
    async (name, bytes, extra) => {
      const signed = SIGNED[name](bytes);
      const request = {
        body: bytes,
        headers: { ...extra, ...signed.headers },
        url: addressOf(signed.query),
      };
      assert.equal(PROVIDERS[name].verify(request, [SECRET], NOW_MS), 'genuine');
      await receive(name, request);
      for (const { type, data, timestamp } of published) {
        assert.ok(isEventType(type));
        JSON.parse(String(data));
        const year = timestamp?.getUTCFullYear() ?? 2026;
        assert.ok(year >= 1000 && year <= 9999, `the year ${year}`);
      }
    },
  ),
  'whatever is not signed is refused, and nothing of it published': fc.asyncProperty(
    ...[provider, body, headers, forged],
    async (name, bytes, extra, signature) => {
      const request = { body: bytes, headers: { ...extra, ...signature }, url: addressOf() };
      const { answer } = await receive(name, request);
      assert.ok(answer.status !== 200);
      assert.deepEqual(published, []);
    },
  ),
  'any form is read': fc.property(provider, body, headers, (name, bytes, extra) => {
    const reading = PROVIDERS[name].read({ body: bytes, headers: extra, url: addressOf() });
    if (reading.kind === 'events') for (const { data } of reading.events) JSON.parse(data.toString());
  }),
});
