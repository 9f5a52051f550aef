import type { CatalogPageEntry } from '../../domain/schema/catalog';
import { EXAMPLE_TIME } from './contract';

/** Warren's own events, which every tenant may subscribe to; docs/wire.md has them in words. */

const id = (prefix: string) => ({ type: 'string', pattern: `^${prefix}_[0-9a-z]{26}$` });
const time = { type: 'string', format: 'date-time' };
const text = { type: 'string' };

const EXAMPLE_IDS = {
  endpointId: 'ep_01m85days8e7z8fd98hpfey9n9',
  deliveryId: 'dlv_01m85days8erctmg40dhsvas62',
  eventId: 'evt_01m85days8e7z8fd98hpfey9n9',
  eventType: 'order.placed',
};

const SUBJECT = {
  endpointId: id('ep'),
  deliveryId: id('dlv'),
  eventId: id('evt'),
  eventType: { ...text, description: 'The type of the event that was to be delivered.' },
};
const SUBJECT_NAMES = ['endpointId', 'deliveryId', 'eventId', 'eventType'];

const LINKS = {
  type: 'object',
  description:
    'Where a person goes on: self, endpoint, delivery, event, docs. Only where WARREN_PUBLIC_URL is set.',
  additionalProperties: { type: 'string', format: 'uri' },
};

export const OPERATIONAL_EVENTS: readonly CatalogPageEntry[] = [
  operational(
    'warren.delivery.dead_lettered',
    'A delivery was given up: its schedule has ended, or the receiver wants no more.',
    {
      properties: {
        ...SUBJECT,
        attempts: { type: 'integer', minimum: 1, description: 'Requests that were made.' },
        lastError: { ...text, description: 'How the last one ended, such as HTTP_500.' },
      },
      required: [...SUBJECT_NAMES, 'attempts', 'lastError'],
    },
    { ...EXAMPLE_IDS, attempts: 10, lastError: 'HTTP_500' },
  ),
  operational(
    'warren.endpoint.disabled',
    'An endpoint gets no more requests until somebody enables it: it answered 410, or has only failed for days.',
    {
      properties: {
        ...SUBJECT,
        reason: { enum: ['HTTP_410', 'ONLY_FAILURES'] },
        failingSince: { ...time, description: 'With ONLY_FAILURES, in place of the delivery and its event.' },
      },
      required: ['endpointId', 'reason'],
    },
    { ...EXAMPLE_IDS, reason: 'HTTP_410' },
  ),
  operational(
    'warren.endpoint.recovered',
    'An endpoint that had failed in a row is sent to again.',
    { properties: { endpointId: SUBJECT.endpointId, failedSince: time }, required: ['endpointId'] },
    { endpointId: EXAMPLE_IDS.endpointId, failedSince: EXAMPLE_TIME },
  ),
  operational(
    'warren.secret.rotated',
    'An endpoint has a new secret; the old ones sign beside it for a while.',
    {
      properties: { endpointId: SUBJECT.endpointId, oldSecretsSignUntil: time },
      required: ['endpointId', 'oldSecretsSignUntil'],
    },
    { endpointId: EXAMPLE_IDS.endpointId, oldSecretsSignUntil: EXAMPLE_TIME },
  ),
];

function operational(
  name: string,
  description: string,
  schema: { properties: object; required: string[] },
  example: object,
): CatalogPageEntry {
  const entry = {
    id: name,
    tenantId: null,
    name,
    description,
    requiredScope: null,
    archived: false,
    revision: 1,
  };
  const version = {
    version: 1,
    schema: { type: 'object', ...schema, properties: { ...schema.properties, links: LINKS } },
    example,
    deprecated: false,
    downgrade: null,
  };
  return { entry, versions: [version], missing: 0 };
}
