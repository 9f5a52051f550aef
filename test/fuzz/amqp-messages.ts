import assert from 'node:assert/strict';
import fc from 'fast-check';
import { REJECT_CODES } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import { readEventMessage } from '../../src/messages/event-message';
import type { MessageProperties } from '../../src/messages/received';
import { makeMessage } from '../unit/made-up-tenant';
import { withoutServers } from './target';

const TIMES = ['2026-01-01T00:00:00Z', '+200000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '1'];

/** What AMQP can bring in a header: every type of the protocol, tables and lists included. */
const { value } = fc.letrec<{ value: unknown; table: unknown }>((tie) => ({
  // A table whose members are named like an object's own methods breaks what converts without looking.
  table: fc.oneof(
    fc.constant({ valueOf: 1, toString: 'x' }),
    fc.dictionary(fc.string({ maxLength: 8 }), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '1', '1.0', newId('event'), ...TIMES),
    fc.integer(),
    fc.double(),
    fc.constantFrom(8.64e15, -8.64e15, true, false, null, undefined),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('table'),
  ),
}));

const OPTIONAL = ['version', 'ordering-key', 'deliver-at', 'traceparent'];
const STAMP = ['event-id', 'received-at', 'occurred-at', 'config-version', 'seal'].map(
  (name) => `warren-${name}`,
);
const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'time', 'tenant', 'data', 'data_base64'];

const some = (names: string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4, noNullPrototype: true });

interface Given {
  body: Buffer;
  routingKey: string;
  properties: MessageProperties;
}

const noise: fc.Arbitrary<Given> = fc.record({
  body: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  routingKey: fc.string({ unit: 'binary' }),
  properties: fc.record(
    {
      contentType: fc.string(),
      messageId: fc.string({ unit: 'binary' }),
      timestamp: fc.double(),
      headers: fc.dictionary(fc.oneof(fc.constantFrom(...OPTIONAL, ...STAMP, 'tenant'), fc.string()), value, {
        noNullPrototype: true,
      }),
    },
    { requiredKeys: ['headers'] },
  ),
});

/** Right but for a few headers, so that the checks behind the first ones are reached. */
const nearlyNative: fc.Arbitrary<Given> = fc
  .tuple(some(OPTIONAL), fc.boolean(), some(STAMP), fc.double(), fc.json())
  .map(([optional, stamped, stamp, timestamp, json]) => ({
    body: Buffer.from(json),
    routingKey: 'order.placed',
    properties: {
      timestamp,
      headers: {
        tenant: 'acme',
        ...optional,
        ...(stamped ? { 'warren-event-id': newId('event'), ...stamp } : {}),
      },
    },
  }));

const RIGHT = { specversion: '1.0', id: 'a-1', source: '/shop', type: 'order.placed', tenant: 'acme' };

const nearlyCloudEvent: fc.Arbitrary<Given> = fc
  .tuple(
    some([...ATTRIBUTES, ...OPTIONAL, ...STAMP]),
    fc.constantFrom('structured', 'cloudEvents:', 'cloudEvents_'),
  )
  .map(([changes, mode]) => {
    const event = { ...RIGHT, ...changes };
    const structured = mode === 'structured';
    const headers = Object.fromEntries(Object.entries(event).map(([name, given]) => [mode + name, given]));
    return {
      body: Buffer.from(structured ? ((JSON.stringify(event) as string | undefined) ?? '') : '{}'),
      routingKey: 'order.placed',
      properties: structured ? { contentType: 'application/cloudevents+json', headers: {} } : { headers },
    };
  });

function isReadOrRefused({ body, routingKey, properties }: Given): void {
  const message = { ...makeMessage({ body, routingKey }), properties };
  const read = readEventMessage(message, {
    maxEventBytes: 2000,
    maxDelayMs: Number.POSITIVE_INFINITY,
    isSealed: () => true,
  });
  if (!read.ok) {
    assert.ok(Object.hasOwn(REJECT_CODES, read.code));
    return;
  }
  const { tenantRef, type, version, orderingKey, occurredAt, deliverAt, stamp } = read.envelope;
  assert.deepEqual([typeof tenantRef, type], ['string', routingKey]);
  assert.ok(Number.isInteger(version ?? 1));
  assert.equal(typeof (orderingKey ?? ''), 'string');
  // The database's columns hold the years 1000 to 9999, and one row that does not fit stops its whole batch.
  for (const time of [occurredAt, deliverAt, stamp?.occurredAt, stamp?.receivedAt]) {
    const year = time?.getUTCFullYear() ?? 2026;
    assert.ok(year >= 1000 && year <= 9999);
  }
}

/** Whatever comes off the broker is an envelope that the database can hold, or a reject code. */
export const amqpMessages = withoutServers({
  noise: fc.property(noise, isReadOrRefused),
  'a native message with a few odd headers': fc.property(nearlyNative, isReadOrRefused),
  'a CloudEvent with a few odd attributes': fc.property(nearlyCloudEvent, isReadOrRefused),
});
