import { newId } from '../../../src/domain/ids';
import { REJECT_CODES } from '../../../src/domain/errors';
import type { EventEnvelope } from '../../../src/messages/event-envelope';
import { HEADERS } from '../../../src/messages/event-headers';
import { readEventMessage } from '../../../src/messages/event-message';
import { writeEventMessage, type OutgoingEvent } from '../../../src/messages/outgoing-event';
import { makeMessage, type MadeUpMessage } from '../made-up-tenant';

const MAX_BYTES = 1000;
const rules = { maxEventBytes: MAX_BYTES, maxDelayMs: Number.POSITIVE_INFINITY, isSealed: () => false };

function accepted(made: MadeUpMessage, sealed = false): EventEnvelope {
  const read = readEventMessage(makeMessage(made), {
    ...rules,
    maxDelayMs: Number.POSITIVE_INFINITY,
    isSealed: () => sealed,
  });
  if (!read.ok) throw new Error(`refused: ${read.code}: ${read.reason}`);
  return read.envelope;
}

function refusal(made: MadeUpMessage): string {
  const read = readEventMessage(makeMessage(made), rules);
  if (read.ok) return 'accepted';
  expect(Object.keys(REJECT_CODES)).toContain(read.code);
  expect(read.reason.length).toBeGreaterThan(10);
  return read.code;
}

const withHeaders = (headers: Record<string, unknown>): MadeUpMessage => ({
  properties: { headers: { tenant: 'acme', ...headers } },
});

describe('a native event message', () => {
  it('is its body, byte for byte, under its routing key', () => {
    const body = ' {"n": 12345678901234567890, "n": 1.0 } ';
    expect(accepted({ body })).toEqual({
      ...{ tenantRef: 'acme', type: 'order.placed' },
      ...{ data: Buffer.from(body), parsed: JSON.parse(body) as unknown },
    });
  });

  it('brings all that its headers and properties say', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const made: MadeUpMessage = {
      properties: {
        messageId: 'key-1',
        timestamp: 1_767_323_045,
        headers: {
          tenant: 'acme',
          version: 3,
          'ordering-key': 'customer-7',
          'deliver-at': '2026-02-03T04:05:06.789+01:00',
          traceparent,
        },
      },
    };
    expect(accepted(made)).toMatchObject({
      idempotencyKey: 'key-1',
      occurredAt: new Date('2026-01-02T03:04:05.000Z'),
      version: 3,
      orderingKey: 'customer-7',
      deliverAt: new Date('2026-02-03T03:05:06.789Z'),
      traceparent,
    });
  });

  it('may have its time in seconds or in milliseconds', () => {
    const at = (timestamp: number): Date | undefined => accepted({ properties: { timestamp } }).occurredAt;
    expect(at(1_767_323_045)).toEqual(new Date('2026-01-02T03:04:05.000Z'));
    expect(at(1_767_323_045_678)).toEqual(new Date('2026-01-02T03:04:05.678Z'));
    for (const useless of [0, -1, Number.NaN, 1e30, 1_767_323_045_678_000])
      expect(at(useless)).toBeUndefined();
  });

  it('may have its version as text', () => {
    expect(accepted(withHeaders({ version: '2' })).version).toBe(2);
  });

  it('loses a trace header that is malformed, and nothing else', () => {
    expect(accepted(withHeaders({ traceparent: '00-xyz' }))).not.toHaveProperty('traceparent');
    expect(accepted(withHeaders({ traceparent: Buffer.from('x') }))).not.toHaveProperty('traceparent');
  });

  it('may have as many bytes as are allowed', () => {
    expect(accepted({ body: `"${'x'.repeat(MAX_BYTES - 2)}"` }).data).toHaveLength(MAX_BYTES);
  });

  it('has no idempotency key when the message id is empty', () => {
    expect(accepted({ properties: { messageId: '' } })).not.toHaveProperty('idempotencyKey');
  });
});

describe('an event message is refused', () => {
  it.each<[string, string, MadeUpMessage]>([
    ['TOO_LARGE', 'a byte more than is allowed', { body: `"${'x'.repeat(MAX_BYTES - 1)}"` }],
    ['BAD_TYPE', 'an empty routing key', { routingKey: '' }],
    ['BAD_TYPE', 'an empty segment', { routingKey: 'order..placed' }],
    ['BAD_TYPE', 'a routing key of 201 bytes', { routingKey: 'a'.repeat(201) }],
    ['BAD_TYPE', 'a type of our own', { routingKey: 'warren.endpoint.disabled' }],
    ['BAD_TYPE', 'our own name alone', { routingKey: 'warren' }],
    ['NO_TENANT', 'no tenant header', { properties: { headers: {} } }],
    ['NO_TENANT', 'an empty tenant header', withHeaders({ tenant: '' })],
    ['NO_TENANT', 'a number for a tenant', withHeaders({ tenant: 7 })],
    ['NO_TENANT', 'bytes for a tenant', withHeaders({ tenant: Buffer.from('acme') })],
    ['NO_TENANT', 'a table for a tenant', withHeaders({ tenant: { slug: 'acme' } })],
    ['BAD_JSON', 'an empty body', { body: '' }],
    ['BAD_JSON', 'a body that is no JSON', { body: 'order=1' }],
    ['BAD_JSON', 'a body that is no UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }],
    ['BAD_JSON', 'a body that is nested too deep', { body: '['.repeat(65) + ']'.repeat(65) }],
    ['BAD_ENVELOPE', 'version 0', withHeaders({ version: 0 })],
    ['BAD_ENVELOPE', 'version 1.5', withHeaders({ version: 1.5 })],
    ['BAD_ENVELOPE', 'a version in words', withHeaders({ version: 'two' })],
    ['BAD_ENVELOPE', 'an empty version', withHeaders({ version: '' })],
    ['BAD_ENVELOPE', 'a table for a version', withHeaders({ version: { major: 1 } })],
    ['BAD_ENVELOPE', 'true for a version', withHeaders({ version: true })],
    ['BAD_ENVELOPE', 'a list for a version', withHeaders({ version: [2] })],
    [
      'BAD_ENVELOPE',
      'a table that is no number and no text',
      withHeaders({ version: { valueOf: 1, toString: 1 } }),
    ],
    [
      'BAD_ENVELOPE',
      'such a table among our own headers',
      withHeaders({
        'warren-event-id': newId('event'),
        'warren-received-at': { valueOf: 1, toString: 1 },
      }),
    ],
    ['BAD_ENVELOPE', 'an ordering key of 256 characters', withHeaders({ 'ordering-key': 'x'.repeat(256) })],
    ['BAD_ENVELOPE', 'a time to deliver in words', withHeaders({ 'deliver-at': 'tomorrow' })],
    ['BAD_ENVELOPE', 'a time to deliver as a number', withHeaders({ 'deliver-at': 1_767_323_045 })],
    [
      'BAD_ENVELOPE',
      'a time to deliver that is no RFC 3339',
      withHeaders({ 'deliver-at': 'January 5, 2026' }),
    ],
    [
      'BAD_ENVELOPE',
      'a time that no database column holds',
      withHeaders({ 'deliver-at': '+123456-01-01T00:00:00Z' }),
    ],
    ['BAD_ENVELOPE', 'an event id that is none', withHeaders({ 'warren-event-id': 'evt_1' })],
  ])('with %s for %s', (code, _, made) => {
    expect(refusal(made)).toBe(code);
  });

  it('or takes a whole number as ordering key, but never drops it in silence', () => {
    const read = readEventMessage(makeMessage(withHeaders({ 'ordering-key': 42 })), rules);
    expect(read.ok ? read.envelope.orderingKey : read.code).toMatch(/^(42|BAD_ENVELOPE)$/);
  });

  it.each([
    ['deliverAt', 'deliver-at', '2030-01-01T00:00:00Z'],
    ['deliver_at', 'deliver-at', '2030-01-01T00:00:00Z'],
    ['Deliver-At', 'deliver-at', 1_893_456_000],
    ['deliverat', 'deliver-at', 'tomorrow'],
    ['orderingKey', 'ordering-key', 'customer-7'],
    ['ORDERING_KEY', 'ordering-key', 7],
  ])('when one of our headers is spelt %s, for it would not be heeded', (name, ours, value) => {
    expect(readEventMessage(makeMessage(withHeaders({ [name]: value })), rules)).toEqual({
      ok: false,
      code: 'BAD_ENVELOPE',
      reason: `\`${name}\` is not heeded: give the header \`${ours}\``,
    });
  });

  it.each<Record<string, unknown>>([
    { Version: '1.4.2' },
    { Version: 0 },
    { Version: 2, VERSION: '2' },
    { 'x-version': 2, 'schema-version': 2 },
    { 'x-deliver-at': 'tomorrow', delivered_at: 'today', deliver: 1, at: 2, deliverAtNight: true },
    { 'partition-key': 'a', order: 1, key: 2 },
    { Traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
  ])('but not for a header of somebody else: %j', (headers) => {
    expect(accepted(withHeaders(headers))).toEqual(accepted({}));
  });

  it('nor for another spelling beside ours, which counts', () => {
    const made = withHeaders({ deliverAt: 'tomorrow', 'deliver-at': '2030-01-01T00:00:00Z' });
    expect(accepted(made).deliverAt).toEqual(new Date('2030-01-01T00:00:00Z'));
  });

  it('by a reason that quotes neither body nor headers', () => {
    const secret = 'hunter2hunter2';
    for (const made of [
      { body: secret },
      withHeaders({ version: secret }),
      withHeaders({ 'deliver-at': secret }),
      withHeaders({ 'warren-event-id': secret }),
    ]) {
      const read = readEventMessage(makeMessage(made), rules);
      expect(read.ok ? '' : read.reason).not.toContain(secret);
      expect(read.ok).toBe(false);
    }
  });
});

describe('an event that Warren itself took in', () => {
  const least: OutgoingEvent = {
    tenantId: newId('tenant'),
    tenantSlug: 'acme',
    configVersion: 12,
    sharedCatalogVersion: 4,
    eventId: newId('event'),
    type: 'warren.endpoint.disabled',
    data: Buffer.from('{"a":1.10}'),
    receivedAt: new Date('2026-01-02T03:04:05.678Z'),
    occurredAt: new Date('2026-01-01T00:00:00.001Z'),
  };
  const event: OutgoingEvent = {
    ...least,
    version: 2,
    idempotencyKey: 'key-1',
    orderingKey: 'customer-7',
    deliverAt: new Date('2026-02-03T04:05:06.789Z'),
  };
  const { routingKey, body, options } = writeEventMessage(event, 'the seal');
  const { headers, ...properties } = options;
  const message = (own: Record<string, unknown> = {}): MadeUpMessage => ({
    routingKey,
    body,
    properties: { ...properties, headers: { ...headers, ...own } },
  });

  it('is read as it was written, stamp and all', () => {
    expect(accepted(message(), true)).toEqual({
      tenantRef: event.tenantId,
      type: event.type,
      data: event.data,
      parsed: JSON.parse(event.data.toString()) as unknown,
      version: 2,
      idempotencyKey: 'key-1',
      orderingKey: 'customer-7',
      deliverAt: event.deliverAt,
      stamp: {
        eventId: event.eventId,
        receivedAt: event.receivedAt,
        occurredAt: event.occurredAt,
        configVersion: 12,
        sharedCatalogVersion: 4,
      },
    });
  });

  it('writes no header for what it has not', () => {
    const written = writeEventMessage(least, 'the seal').options;
    expect(written).not.toHaveProperty('messageId');
    expect(Object.keys(written.headers).sort()).toEqual(
      [
        HEADERS.tenant,
        HEADERS.eventId,
        HEADERS.receivedAt,
        HEADERS.occurredAt,
        HEADERS.configVersion,
        HEADERS.sharedCatalogVersion,
        HEADERS.seal,
      ].sort(),
    );
  });

  it('shows its seal to whoever judges it, and is refused a type of our own without', () => {
    const isSealed = jest.fn(() => false);
    const read = readEventMessage(makeMessage(message()), { ...rules, isSealed });
    expect(read).toMatchObject({ ok: false, code: 'BAD_TYPE' });
    expect(isSealed).toHaveBeenCalledWith(
      expect.objectContaining({ routingKey, properties: expect.objectContaining({ headers }) as object }),
    );
  });

  it.each([
    ['the time of receipt', { 'warren-received-at': 'noon' }],
    ['the time of the event', { 'warren-occurred-at': {} }],
    ['a configuration version', { 'warren-config-version': 1.5 }],
    ['a time that no database column holds', { 'warren-occurred-at': 8.64e15 }],
  ])('is refused when its stamp is broken: %s', (_, own) => {
    const read = readEventMessage(makeMessage(message(own)), {
      ...rules,
      maxDelayMs: Number.POSITIVE_INFINITY,
      isSealed: () => true,
    });
    expect(read).toMatchObject({ ok: false, code: 'BAD_ENVELOPE' });
  });

  it('cannot be forged: a stamp without a genuine seal is refused', () => {
    const forged = { ...message(), routingKey: 'order.placed' };
    expect(refusal(forged)).toBe('BAD_ENVELOPE');
  });
});
