import fc from 'fast-check';
import { REJECT_CODES } from '../../../src/domain/errors';
import { newId } from '../../../src/domain/ids';
import { readEventMessage } from '../../../src/messages/event-message';
import { makeMessage } from '../made-up-tenant';

/** Header values as amqplib reads them off the wire: any type of the protocol, tables and lists included. */
const { header } = fc.letrec<{ header: unknown; table: Record<string, unknown> }>((tie) => ({
  table: fc.dictionary(fc.oneof(fc.constantFrom('valueOf', 'toString', 'a'), fc.string({ maxLength: 8 })), tie('header'), { maxKeys: 3 }),
  header: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '1', '1.0', '2026-01-01T00:00:00Z', '+200000-01-01T00:00:00Z', newId('event'), 'acme', 'order.placed'),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('header'), { maxLength: 3 }),
    tie('table'),
  ),
}));

const NAMES = [
  ...['tenant', 'version', 'ordering-key', 'deliver-at', 'traceparent'],
  ...['warren-event-id', 'warren-received-at', 'warren-occurred-at', 'warren-config-version', 'warren-seal'],
  ...['specversion', 'id', 'source', 'type', 'time', 'tenant'].flatMap((name) => [`cloudEvents:${name}`, `cloudEvents_${name}`]),
];

const properties = fc.record(
  {
    contentType: fc.oneof(fc.constantFrom('application/json', 'application/cloudevents+json', ''), fc.string()),
    messageId: fc.string({ unit: 'binary' }),
    timestamp: fc.double(),
    headers: fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), header, { maxKeys: 12 }),
  },
  { requiredKeys: ['headers'] },
);

/** An envelope that is right in most members, so that the checks behind the first are reached as well. */
const cloudEvent = fc
  .record(
    {
      specversion: fc.constant('1.0'),
      id: fc.oneof(fc.constant('a'), fc.jsonValue()),
      source: fc.oneof(fc.constant('/a'), fc.jsonValue()),
      type: fc.constant('order.placed'),
      tenant: fc.oneof(fc.constant('acme'), fc.jsonValue()),
      time: fc.oneof(fc.string(), fc.jsonValue()),
      version: fc.oneof(fc.jsonValue(), fc.constant({ valueOf: 1, toString: 2 })),
      'warren-event-id': fc.oneof(fc.constant(newId('event')), fc.jsonValue()),
      'warren-received-at': fc.oneof(fc.jsonValue(), fc.constant({ valueOf: 1, toString: 2 })),
      data_base64: fc.oneof(fc.base64String(), fc.jsonValue()),
    },
    { requiredKeys: ['specversion', 'type'] },
  )
  .map((event) => JSON.stringify(event));

const body = fc.oneof(
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  cloudEvent.map((text) => Buffer.from(text)),
);

describe('whatever comes off the broker', () => {
  it('is an envelope or a reject code with a reason, and never throws', () => {
    const routingKey = fc.oneof({ weight: 5, arbitrary: fc.constant('order.placed') }, fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(body, routingKey, properties, fc.boolean(), (bytes, key, given, sealed) => {
        const message = { ...makeMessage({ body: bytes, routingKey: key }), properties: given };
        const read = readEventMessage(message, { maxEventBytes: 200, isSealed: () => sealed });
        if (!read.ok) {
          expect(Object.keys(REJECT_CODES)).toContain(read.code);
          return;
        }
        const { tenantRef, type, occurredAt, deliverAt, stamp } = read.envelope;
        expect([typeof tenantRef, type]).toEqual(['string', key]);
        // The database's columns end with the year 9999, and one row that does not fit would stop its whole batch.
        for (const time of [occurredAt, deliverAt, stamp?.occurredAt, stamp?.receivedAt]) {
          expect(time?.getUTCFullYear() ?? 2026).toBeLessThanOrEqual(9999);
          expect(time?.getUTCFullYear() ?? 2026).toBeGreaterThanOrEqual(1000);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
