import { VERSION } from '../../runtime/version';
import { embedSchema } from './embed-schema';
import {
  EXAMPLE_TIME,
  OPENAPI_PATH,
  remarksOn,
  restOf,
  titleOf,
  versionsIn,
  type ContractSettings,
  type ContractSubject,
  type ContractVersion,
} from './contract';
import { OPERATIONAL_EVENTS } from './operational-events';
import { WEBHOOK_ANSWERS, WEBHOOK_HEADERS, isAlwaysThere } from './webhook-request';

/** OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0): the requests that an endpoint of the subject’s receives. */
export function openApiOf(subject: ContractSubject, { publicUrl }: ContractSettings): object {
  const versions = versionsIn([...subject.entries, ...OPERATIONAL_EVENTS]);
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: titleOf(subject, 'Webhooks'), version: VERSION, description: ABOUT },
    externalDocs: { description: 'The same for people', url: `${publicUrl}/docs` },
    servers: [{ url: publicUrl, description: 'Warren. Webhooks go to the URL of your endpoint.' }],
    ...restOf(subject, OPENAPI_PATH),
    webhooks: {
      ...Object.fromEntries(versions.map((version) => [version.key, { post: operationOf(version) }])),
      event: { post: anyOperation(subject) },
    },
    components: {
      schemas: Object.fromEntries(
        versions.map(({ key, version }) => [key, embedSchema(version.schema, `/components/schemas/${key}`)]),
      ),
      parameters: Object.fromEntries(
        Object.entries(WEBHOOK_HEADERS).map(([name, header]) => [
          name,
          { name, in: 'header', required: isAlwaysThere(name), ...header },
        ]),
      ),
      responses: Object.fromEntries(
        WEBHOOK_ANSWERS.map(([status, description]) => [
          status,
          {
            description,
            ...(status === '429' || status === '503' ? { headers: { 'retry-after': RETRY_AFTER } } : {}),
          },
        ]),
      ),
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description: `${WEBHOOK_HEADERS['webhook-signature']?.description ?? ''} The key is the endpoint’s secret.`,
        },
      },
    },
  };
}

const ABOUT = `What Warren posts to your endpoints. Each webhook is one version of one event type; which of them an
endpoint gets is what its subscriptions ask for. The body has the payload format that the endpoint chose: \`STANDARD\` or
\`EMBEDDED_SIGNATURE\` (application/json), or \`CLOUDEVENTS\`. A subscription that shapes its events gets other \`data\`
than the schema says. Members that are not named here may come at any time: ignore what you do not know.`;

const RETRY_AFTER = { description: 'Seconds, or an HTTP date.', schema: { type: 'string' } };

function operationOf(contract: ContractVersion): object {
  const { key, entry, version } = contract;
  const data = { $ref: `#/components/schemas/${key}` };
  return {
    operationId: key,
    summary: `${entry.name}, version ${version.version}`,
    description: remarksOn(contract),
    tags: [entry.name.split('.', 1)[0]],
    ...(version.deprecated ? { deprecated: true } : {}),
    ...requestOf(entry.name, data, version.example),
  };
}

/** Without a catalog anything may be published, and whoever subscribes to a pattern gets it. */
function anyOperation({ tenant }: ContractSubject): object {
  return {
    operationId: 'event',
    summary: 'Any event',
    description:
      tenant === null
        ? 'The form that every webhook has.'
        : 'An event of a type that the catalog does not have, unless this deployment takes no such events.',
    tags: ['event'],
    ...requestOf(undefined, {}, undefined),
  };
}

function requestOf(type: string | undefined, data: object, example: unknown): object {
  return {
    security: [{ signature: [] }],
    parameters: Object.keys(WEBHOOK_HEADERS).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: { oneOf: [standard(type, data), embeddedSignature(type, data)] },
          ...examplesOf(example, {
            STANDARD: { type, timestamp: EXAMPLE_TIME, data: example },
            EMBEDDED_SIGNATURE: {
              event: type,
              timestamp: EXAMPLE_TIME,
              data: example,
              signature: `HMAC_SHA256_${'0'.repeat(64)}`,
            },
          }),
        },
        'application/cloudevents+json': {
          schema: cloudEvent(type, data),
          ...examplesOf(example, {
            CLOUDEVENTS: {
              specversion: '1.0',
              id: WEBHOOK_HEADERS['warren-event-id']?.example,
              source: '/warren/acme',
              type,
              time: EXAMPLE_TIME,
              datacontenttype: 'application/json',
              data: example,
            },
          }),
        },
      },
    },
    responses: Object.fromEntries(
      WEBHOOK_ANSWERS.map(([status]) => [status, { $ref: `#/components/responses/${status}` }]),
    ),
  };
}

const examplesOf = (example: unknown, values: Record<string, object>): object =>
  example === undefined
    ? {}
    : { examples: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }])) };

const time = { type: 'string', format: 'date-time', description: 'When it happened.' };
const typeOf = (type: string | undefined) => (type === undefined ? { type: 'string' } : { const: type });

const standard = (type: string | undefined, data: object) => ({
  title: 'STANDARD',
  type: 'object',
  required: ['type', 'timestamp', 'data'],
  properties: { type: typeOf(type), timestamp: time, data },
});

const embeddedSignature = (type: string | undefined, data: object) => ({
  title: 'EMBEDDED_SIGNATURE',
  type: 'object',
  required: ['event', 'timestamp', 'data', 'signature'],
  properties: {
    event: typeOf(type),
    timestamp: time,
    data,
    signature: {
      type: 'string',
      pattern: '^HMAC_SHA256_[0-9a-f]{64}$',
      description: 'HMAC-SHA256 over the RFC 8785 form of the object without it.',
    },
  },
});

const cloudEvent = (type: string | undefined, data: object) => ({
  title: 'CLOUDEVENTS',
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', description: 'The event’s id.' },
    source: { type: 'string', description: '`/warren/` and the tenant’s slug.' },
    type: typeOf(type),
    time,
    datacontenttype: { const: 'application/json' },
    data,
  },
});
