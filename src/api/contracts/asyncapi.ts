import { VERSION } from '../../runtime/version';
import { outletsOf } from './asyncapi-outlets';
import {
  ASYNCAPI_PATH,
  remarksOn,
  restOf,
  titleOf,
  versionsIn,
  type ContractSettings,
  type ContractSubject,
  type ContractVersion,
} from './contract';
import { embedSchema } from './embed-schema';

/**
 * AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0): what Warren takes from the broker and
 * what it sends to it. Operations are Warren’s own, as the specification has it: who publishes does the opposite.
 */
export function asyncApiOf(subject: ContractSubject, settings: ContractSettings): object {
  const versions = versionsIn(subject.entries);
  const outlets = outletsOf(subject, settings);
  return {
    asyncapi: '3.0.0',
    info: {
      title: titleOf(subject, 'Events'),
      version: VERSION,
      description: ABOUT,
      externalDocs: { description: 'The same for people', url: `${settings.publicUrl}/docs` },
    },
    ...restOf(subject, ASYNCAPI_PATH),
    defaultContentType: 'application/json',
    servers: { broker: BROKER },
    channels: {
      ...Object.fromEntries(
        subject.entries.map(({ entry, versions: own }) => [
          `event.${entry.name}`,
          eventChannel(
            settings,
            entry.name,
            own.map(({ version }) => `${entry.name}.v${version}`),
            entry.description,
          ),
        ]),
      ),
      event: {
        ...eventChannel(settings, '{type}', ['event'], 'An event of any type, registered or not.'),
        parameters: {
          type: { description: 'Dot-separated segments of letters, digits, _ and -; at most 200 bytes.' },
        },
      },
      ...outlets.channels,
    },
    operations: {
      ...Object.fromEntries(
        subject.entries.map(({ entry }) => [
          `receive.${entry.name}`,
          receive(`event.${entry.name}`, entry.name),
        ]),
      ),
      'receive-event': receive('event', 'any event'),
      ...outlets.operations,
    },
    components: {
      messages: {
        ...Object.fromEntries(
          versions.map((version) => [version.key, messageOf(version, subject, settings)]),
        ),
        event: {
          name: 'event',
          title: 'Any event',
          summary: 'The body is the event’s data as JSON.',
          headers: headersSchema(subject, undefined),
          payload: {},
          ...amqpProperties(settings),
        },
        ...outlets.messages,
      },
      schemas: Object.fromEntries(
        versions.map(({ key, version }) => [key, embedSchema(version.schema, `/components/schemas/${key}`)]),
      ),
      securitySchemes: { broker: { type: 'userPassword', description: 'A user of the broker.' } },
    },
  };
}

const ABOUT = `Publish to one exchange, with the event type as the routing key. Publish persistent messages and wait for the
broker’s confirm: only then is the event Warren’s. What cannot be taken is confirmed too, and goes whole to the queue of
rejected messages with a reason. The same events may come as CloudEvents 1.0, in both modes of its AMQP binding.

Schemas are JSON Schema 2020-12. An operation that receives is Warren’s: you send.`;

const BROKER = {
  host: '{host}',
  protocol: 'amqp',
  protocolVersion: '0.9.1',
  description: 'RabbitMQ. Whoever runs Warren knows its address.',
  variables: { host: { description: 'Its address, with the port unless it is 5672.' } },
  security: [{ $ref: '#/components/securitySchemes/broker' }],
};

function eventChannel(
  { namespace }: ContractSettings,
  address: string,
  messages: readonly string[],
  description: string,
): object {
  return {
    address,
    ...(description === '' ? {} : { description }),
    messages: Object.fromEntries(messages.map((key) => [key, { $ref: `#/components/messages/${key}` }])),
    bindings: {
      amqp: {
        is: 'routingKey',
        exchange: { name: `${namespace}.events`, type: 'topic', durable: true, autoDelete: false },
        bindingVersion: '0.3.0',
      },
    },
  };
}

const receive = (channel: string, what: string) => ({
  action: 'receive',
  channel: { $ref: `#/channels/${channel}` },
  summary: `Warren takes ${what}.`,
  bindings: { amqp: { deliveryMode: 2, mandatory: true, ack: true, bindingVersion: '0.3.0' } },
});

function messageOf(contract: ContractVersion, subject: ContractSubject, settings: ContractSettings): object {
  const { key, entry, version } = contract;
  return {
    name: entry.name,
    title: `${entry.name}, version ${version.version}`,
    ...(remarksOn(contract) === '' ? {} : { description: remarksOn(contract) }),
    ...(version.deprecated ? { tags: [{ name: 'deprecated' }] } : {}),
    contentType: 'application/json',
    headers: headersSchema(subject, contract),
    payload: { $ref: `#/components/schemas/${key}` },
    ...(isObject(version.example)
      ? {
          examples: [
            { name: 'example', headers: exampleHeaders(subject, contract), payload: version.example },
          ],
        }
      : {}),
    ...amqpProperties(settings),
  };
}

/** The binding has no place for the properties of AMQP 0-9-1 that matter here. */
const amqpProperties = ({ maxEventBytes }: ContractSettings) => ({
  'x-amqp-properties': {
    content_type: 'application/json',
    delivery_mode: 2,
    message_id:
      'Your own name for the event, at most 255 characters; a second one within 24 hours is the same event.',
    timestamp: 'When it happened, in Unix seconds; now unless given.',
  },
  'x-max-bytes': maxEventBytes,
});

function headersSchema({ tenant }: ContractSubject, contract: ContractVersion | undefined): object {
  const number = contract?.version.version;
  return {
    type: 'object',
    // Without it the event would follow another version.
    required: ['tenant', ...(contract && !contract.isDefault ? ['version'] : [])],
    properties: {
      tenant: {
        type: 'string',
        description: 'Whose event it is: the tenant’s slug, or its id.',
        ...(tenant === null ? {} : { enum: [tenant.slug, tenant.id] }),
      },
      version: {
        description: 'The version of the type; unless given, the newest that is not deprecated.',
        ...(number === undefined ? { type: 'integer', minimum: 1 } : { const: number }),
      },
      'ordering-key': {
        type: 'string',
        maxLength: 255,
        description: 'Events with the same one reach ordered endpoints one after another.',
      },
      'deliver-at': { type: 'string', format: 'date-time', description: 'Not to be delivered before.' },
      traceparent: { type: 'string', description: 'W3C trace context.' },
    },
  };
}

const exampleHeaders = ({ tenant }: ContractSubject, { version, isDefault }: ContractVersion) => ({
  tenant: tenant?.slug ?? 'acme',
  ...(isDefault ? {} : { version: version.version }),
});

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
