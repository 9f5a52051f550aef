import { CloudEvent } from 'cloudevents';
import { newId } from '../../../src/domain/ids';
import type { EventEnvelope } from '../../../src/messages/event-envelope';
import { readEventMessage, type EnvelopeResult } from '../../../src/messages/event-message';
import { makeMessage, type MadeUpMessage } from '../made-up-tenant';

const rules = { maxEventBytes: 100_000, maxDelayMs: Number.POSITIVE_INFINITY, isSealed: () => false };
const read = (made: MadeUpMessage): EnvelopeResult => readEventMessage(makeMessage(made), rules);

function accepted(made: MadeUpMessage): EventEnvelope {
  const result = read(made);
  if (!result.ok) throw new Error(`refused: ${result.code}: ${result.reason}`);
  return result.envelope;
}

const ATTRIBUTES = { specversion: '1.0', id: 'a-1', source: '/shop', type: 'order.placed', tenant: 'acme' };

const structured = (event: object | string, contentType = 'application/cloudevents+json'): MadeUpMessage => ({
  body: typeof event === 'string' ? event : JSON.stringify(event),
  properties: { contentType, headers: {} },
});

const binary = (
  attributes: Record<string, unknown>,
  prefix = 'cloudEvents:',
  body = '{"total":1}',
): MadeUpMessage => ({
  body,
  properties: {
    headers: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [prefix + name, value])),
  },
});

describe('a CloudEvent', () => {
  const foreign = new CloudEvent({
    id: 'b-2',
    source: 'https://shop.example/orders',
    type: 'order.placed',
    time: '2026-01-02T03:04:05.678Z',
    datacontenttype: 'application/json',
    tenant: 'acme',
    data: { total: 5, items: ['€', { a: null }] },
  });
  const expected = {
    tenantRef: 'acme',
    type: 'order.placed',
    occurredAt: new Date('2026-01-02T03:04:05.678Z'),
    data: Buffer.from(JSON.stringify(foreign.data)),
  };

  it('of another implementation is read in structured mode', () => {
    expect(
      accepted(structured(foreign.toString(), 'application/cloudevents+json; charset=UTF-8')),
    ).toMatchObject(expected);
  });

  it.each(['cloudEvents:', 'cloudEvents_'])(
    'of another implementation is read in binary mode under %s',
    (prefix) => {
      const { data, ...attributes } = foreign.toJSON();
      expect(accepted(binary(attributes, prefix, JSON.stringify(data)))).toMatchObject(expected);
    },
  );

  it('counts as the same event in either mode', () => {
    const key = accepted(structured(ATTRIBUTES)).idempotencyKey;
    expect(key).toBeDefined();
    expect(accepted(binary(ATTRIBUTES)).idempotencyKey).toBe(key);
  });

  it('keeps its data as it was written', () => {
    const head = JSON.stringify(ATTRIBUTES).slice(0, -1);
    expect(accepted(structured(`${head}, "data" : {"n": 12345678901234567890.0} }`)).data.toString()).toBe(
      '{"n": 12345678901234567890.0}',
    );
    expect(accepted(binary(ATTRIBUTES, 'cloudEvents:', '[ 1.0 ]')).data.toString()).toBe('[ 1.0 ]');
  });

  it('may carry its data in base64, or none', () => {
    const encoded = Buffer.from('{"a":1}').toString('base64');
    expect(accepted(structured({ ...ATTRIBUTES, data_base64: encoded })).data.toString()).toBe('{"a":1}');
    expect(accepted(structured(ATTRIBUTES)).data.toString()).toBe('null');
  });

  it('may name its tenant in the header that native messages use', () => {
    const message = structured({ ...ATTRIBUTES, tenant: undefined });
    expect(
      accepted({ ...message, properties: { ...message.properties, headers: { tenant: 'other' } } }).tenantRef,
    ).toBe('other');
  });

  it('of binary mode may have its time as a timestamp of AMQP', () => {
    const at = (value: number): Date | undefined =>
      accepted(binary({ ...ATTRIBUTES, time: { '!': 'timestamp', value } })).occurredAt;
    expect(at(1_767_323_045)).toEqual(new Date('2026-01-02T03:04:05.000Z'));
    expect(at(1_767_323_045_678)).toEqual(new Date('2026-01-02T03:04:05.678Z'));
  });

  it('has an order and a time to deliver by attributes, whose names have no hyphen; the headers count before them', () => {
    const attributes = { ...ATTRIBUTES, orderingkey: 'customer-7', deliverat: '2030-01-01T00:00:00Z' };
    const asked = { orderingKey: 'customer-7', deliverAt: new Date('2030-01-01T00:00:00Z') };
    for (const made of [structured(attributes), binary(attributes)]) {
      expect(accepted(made)).toMatchObject(asked);
      const headers = { ...made.properties?.headers, 'ordering-key': 'customer-8' };
      const both = { ...made, properties: { ...made.properties, headers } };
      expect(accepted(both)).toMatchObject({ ...asked, orderingKey: 'customer-8' });
    }
  });

  it('takes a member that is null for one left out, as the JSON format has it', () => {
    const nulls = { time: null, subject: null, deliverat: null, orderingkey: null, data_base64: null };
    const taken = accepted(structured({ ...ATTRIBUTES, ...nulls, data: null }));
    expect(taken.data.toString()).toBe('null');
    expect([taken.occurredAt, taken.orderingKey, taken.deliverAt]).toEqual([undefined, undefined, undefined]);
  });

  it('cannot give itself the id and the trust of an event that Warren took', () => {
    const stamp = {
      'warren-event-id': newId('event'),
      'warren-received-at': 1_767_323_045_000,
      'warren-occurred-at': 1_767_323_045_000,
      'warren-config-version': 0,
    };
    expect(accepted(structured({ ...ATTRIBUTES, ...stamp }))).not.toHaveProperty('stamp');
    expect(accepted(binary({ ...ATTRIBUTES, ...stamp }))).not.toHaveProperty('stamp');
  });

  it('is told apart by source and id together', () => {
    const keyOf = (source: string, id: string): string | undefined =>
      accepted(structured({ ...ATTRIBUTES, source, id })).idempotencyKey;
    const pairs = [
      ['/a', 'b'],
      ['/b', 'a'],
      ['/a', 'b#'],
      ['/a#b', 'c'],
      ['/a', 'b#c'],
      ['x'.repeat(300), 'a'],
      ['x'.repeat(300), 'b'],
    ] as const;
    const keys = pairs.map(([source, id]) => keyOf(source, id));
    expect(new Set(keys).size).toBe(pairs.length);
    for (const key of keys) expect(key?.length).toBeLessThanOrEqual(255);
  });
});

describe('a CloudEvent is refused', () => {
  it.each<[string, string, MadeUpMessage]>([
    ['BAD_JSON', 'a body that is no JSON', structured('{')],
    ['BAD_ENVELOPE', 'a list', structured('[]')],
    ['BAD_ENVELOPE', 'null', structured('null')],
    ['BAD_ENVELOPE', 'no specversion', structured({ ...ATTRIBUTES, specversion: undefined })],
    ['BAD_ENVELOPE', 'another specversion', binary({ ...ATTRIBUTES, specversion: '0.3' })],
    ['BAD_ENVELOPE', 'no id', structured({ ...ATTRIBUTES, id: undefined })],
    ['BAD_ENVELOPE', 'an id that is a number', structured({ ...ATTRIBUTES, id: 5 })],
    ['BAD_ENVELOPE', 'an empty source', binary({ ...ATTRIBUTES, source: '' })],
    ['BAD_TYPE', 'a type that is not the routing key', structured({ ...ATTRIBUTES, type: 'order.paid' })],
    ['BAD_TYPE', 'no type', binary({ ...ATTRIBUTES, type: undefined })],
    ['NO_TENANT', 'no tenant', structured({ ...ATTRIBUTES, tenant: undefined })],
    ['NO_TENANT', 'a tenant that is a table', binary({ ...ATTRIBUTES, tenant: { a: 1 } })],
    ['BAD_JSON', 'data in base64 that is no JSON', structured({ ...ATTRIBUTES, data_base64: 'eHh4' })],
    ['BAD_JSON', 'data that is no JSON', binary(ATTRIBUTES, 'cloudEvents:', '<xml/>')],
    ['BAD_ENVELOPE', 'an id that is null', structured({ ...ATTRIBUTES, id: null, data: 1 })],
    ['BAD_ENVELOPE', 'data twice', structured({ ...ATTRIBUTES, data: 1, data_base64: 'MQ==' })],
    ['BAD_ENVELOPE', 'data in base64 that is no text', structured({ ...ATTRIBUTES, data_base64: 5 })],
    ['BAD_ENVELOPE', 'data that is no base64', structured({ ...ATTRIBUTES, data_base64: 'eyJh*IjoxfQ==' })],
    ['BAD_ENVELOPE', 'a batch', structured([ATTRIBUTES], 'application/cloudevents-batch+json')],
    ['BAD_ENVELOPE', 'another format than JSON', structured(ATTRIBUTES, 'application/cloudevents+avro')],
    [
      'BAD_ENVELOPE',
      'a timestamp of AMQP that no database column holds',
      binary({ ...ATTRIBUTES, time: { '!': 'timestamp', value: 2 ** 62 } }),
    ],
    ['BAD_ENVELOPE', 'a time in words', structured({ ...ATTRIBUTES, time: 'noon' })],
    ['BAD_ENVELOPE', 'a time that is a number', structured({ ...ATTRIBUTES, time: 5 })],
    ['BAD_ENVELOPE', 'a time that is no RFC 3339', structured({ ...ATTRIBUTES, time: '1' })],
    [
      'BAD_ENVELOPE',
      'a time that no database column holds',
      structured({ ...ATTRIBUTES, time: '+123456-01-01T00:00:00Z' }),
    ],
    ['BAD_ENVELOPE', 'a time to deliver that is none', structured({ ...ATTRIBUTES, deliverat: 'tomorrow' })],
    [
      'BAD_ENVELOPE',
      'an attribute in another spelling',
      structured({ ...ATTRIBUTES, deliverAt: '2030-01-01T00:00:00Z' }),
    ],
    [
      'BAD_ENVELOPE',
      'a version that is no number',
      structured({ ...ATTRIBUTES, version: { toString: 1, valueOf: 1 } }),
    ],
  ])('with %s for %s', (code, _, made) => {
    expect(read(made)).toMatchObject({ ok: false, code });
  });

  it('when its type is one of our own', () => {
    const made = { ...structured({ ...ATTRIBUTES, type: 'warren.x' }), routingKey: 'warren.x' };
    expect(read(made)).toMatchObject({ ok: false, code: 'BAD_TYPE' });
  });
});
