import { DELIVERY_STATUSES } from '../../domain/delivery/delivery-status';
import { REJECT_CODES } from '../../domain/errors';
import type { ContractSettings, ContractSubject } from './contract';

/** What Warren sends to the broker for others to read: bind a queue of your own. */
export function outletsOf({ tenant }: ContractSubject, { namespace }: ContractSettings) {
  return {
    channels: {
      status: {
        address: `${tenant?.slug ?? '{tenant}'}.{endpoint}.{status}`,
        description: 'Each change of a delivery. A hint: it may be lost, and the API has every one.',
        parameters: {
          ...(tenant === null ? { tenant: { description: 'The tenant’s slug.' } } : {}),
          endpoint: { description: 'The endpoint’s id.' },
          status: { description: 'The delivery’s status after the change.', enum: [...DELIVERY_STATUSES] },
        },
        messages: { status: { $ref: '#/components/messages/status' } },
        bindings: exchange(`${namespace}.status`, 'topic'),
      },
      'dead-letters': {
        address: '{type}',
        description: 'Each delivery that was given up. Taking it off a queue changes nothing in Warren.',
        parameters: { type: { description: 'The type of the event.' } },
        messages: { 'dead-letter': { $ref: '#/components/messages/dead-letter' } },
        bindings: exchange(`${namespace}.dead`, 'topic'),
      },
      // A fanout exchange: no routing key matters.
      rejected: {
        address: null,
        description: 'Each message that could not be taken, whole.',
        messages: { rejected: { $ref: '#/components/messages/rejected' } },
        bindings: exchange(`${namespace}.rejected`, 'fanout'),
      },
    },
    operations: {
      'send-status': send('status', 'a change of a delivery'),
      'send-dead-letter': send('dead-letters', 'a delivery that was given up'),
      'send-rejected': send('rejected', 'a message that could not be taken'),
    },
    messages: {
      status: { name: 'status', title: 'A delivery has changed', payload: statusSchema(tenant) },
      'dead-letter': {
        name: 'dead-letter',
        title: 'A delivery was given up',
        headers: DEAD_LETTER_HEADERS,
        // The event's data; nothing where it is too large to ride along.
        payload: {},
      },
      rejected: {
        name: 'rejected',
        title: 'A message could not be taken',
        headers: REJECTED_HEADERS,
        payload: {},
      },
    },
  };
}

const exchange = (name: string, type: string) => ({
  amqp: {
    is: 'routingKey',
    exchange: { name, type, durable: true, autoDelete: false },
    bindingVersion: '0.3.0',
  },
});

const send = (channel: string, what: string) => ({
  action: 'send',
  channel: { $ref: `#/channels/${channel}` },
  summary: `Warren tells of ${what}.`,
});

const text = { type: 'string' };
const whole = { type: 'integer' };

const statusSchema = (tenant: ContractSubject['tenant']) => ({
  type: 'object',
  required: [
    'tenantId',
    'tenantSlug',
    'seq',
    'deliveryId',
    'eventId',
    'eventType',
    'endpointId',
    'status',
    'atMs',
  ],
  properties: {
    tenantId: tenant === null ? text : { const: tenant.id },
    tenantSlug: tenant === null ? text : { const: tenant.slug },
    seq: { ...whole, description: 'The place in the tenant’s log of changes, without gaps.' },
    deliveryId: text,
    eventId: text,
    eventType: text,
    endpointId: text,
    status: { enum: [...DELIVERY_STATUSES] },
    attempt: { ...whole, description: 'Attempts made by then.' },
    atMs: { ...whole, description: 'Unix milliseconds.' },
    pendingAtMs: {
      ...whole,
      description:
        'There when this message tells of two changes: the one before, with the number before, made it PENDING at this time.',
    },
  },
});

const DEAD_LETTER_HEADERS = {
  type: 'object',
  required: ['tenant', 'delivery-id', 'event-id', 'endpoint-id', 'attempts', 'last-error', 'data-left-out'],
  properties: {
    tenant: { ...text, description: 'The tenant’s id.' },
    'delivery-id': text,
    'event-id': text,
    'endpoint-id': text,
    attempts: whole,
    'last-error': text,
    'data-left-out': { type: 'boolean', description: 'True: the data is too large, and the body is empty.' },
  },
};

const REJECTED_HEADERS = {
  type: 'object',
  properties: {
    'reason-code': { enum: Object.keys(REJECT_CODES) },
    reason: { ...text, description: 'Why, in a sentence.' },
  },
};
