import { In, IsNull, MoreThan, type EntityManager } from 'typeorm';
import { originOf, type Credentials } from '../../domain/request/credentials';
import type {
  EndpointSecret,
  EndpointSettings,
  SubscriptionRules,
  SubscriptionSettings,
} from '../../domain/nouns';
import type { Endpoint } from '../../domain/settings';
import type { KeyRing } from '../../runtime/key-ring';
import { EndpointRow } from '../entities/endpoint';
import { EndpointSecretRow } from '../entities/endpoint-secret';
import { WebhookSubscriptionRow } from '../entities/webhook-subscription';

/** A row that changed; `settings` is undefined when it was deleted. */
export interface ChangedRow<Settings> {
  id: string;
  settings: Settings | undefined;
}

/** What a sealed value of an endpoint or source is bound to, so that it opens for this row and tenant alone. */
export const sealedFor = (
  tenantId: string,
  ownerId: string,
  what: 'secret' | 'headers' | 'credentials' | 'signing-secret',
): string => `${tenantId}/${ownerId}/${what}`;

interface SealedCredentials {
  /** Whom they were given for. */
  origin: string;
  credentials: Credentials;
}

export function sealCredentials(
  keyRing: KeyRing,
  { tenantId, id, url }: Pick<EndpointRow, 'tenantId' | 'id' | 'url'>,
  credentials: Credentials | null,
): Buffer | null {
  if (!credentials) return null;
  const sealed: SealedCredentials = { origin: originOf(url), credentials };
  return keyRing.seal(JSON.stringify(sealed), sealedFor(tenantId, id, 'credentials'));
}

function openCredentials(row: EndpointRow, keyRing: KeyRing): Credentials | null {
  if (!row.credentialsSealed) return null;
  const plain = keyRing.open(row.credentialsSealed, sealedFor(row.tenantId, row.id, 'credentials'));
  const { origin, credentials } = JSON.parse(plain) as SealedCredentials;
  // Two changes at once may leave a URL with credentials that were given for another.
  return origin === originOf(row.url) ? credentials : null;
}

function openHeaders(row: EndpointRow, keyRing: KeyRing): Record<string, string> {
  if (!row.headersSealed) return {};
  const plain = keyRing.open(row.headersSealed, sealedFor(row.tenantId, row.id, 'headers'));
  return JSON.parse(plain) as Record<string, string>;
}

export async function readEndpointSettings(
  manager: EntityManager,
  keyRing: KeyRing,
  tenantId: string,
  since: number,
): Promise<ChangedRow<EndpointSettings>[]> {
  const rows = await manager.find(EndpointRow, { where: changedSince(tenantId, since) });
  const secrets = await readSecrets(
    manager,
    rows.filter((row) => !row.deletedAt).map((row) => row.id),
  );
  return rows.map((row) => ({
    id: row.id,
    settings: row.deletedAt ? undefined : toSettings(row, secrets.get(row.id) ?? [], keyRing),
  }));
}

export async function readSubscriptionSettings(
  manager: EntityManager,
  tenantId: string,
  since: number,
): Promise<ChangedRow<SubscriptionSettings>[]> {
  const rows = await manager.find(WebhookSubscriptionRow, { where: changedSince(tenantId, since) });
  return rows.map(({ id, endpointId, enabled, deletedAt, ...row }) => ({
    id,
    settings: deletedAt ? undefined : { id, tenantId, endpointId, enabled, ...rulesOf(row) },
  }));
}

/** What an event must be like for the subscription, and what of it is delivered. */
export function rulesOf(row: SubscriptionRules): SubscriptionRules {
  const { eventTypes, version, filter, transform, includeFields } = row;
  return { eventTypes, version, filter, transform, includeFields };
}

/** From nothing, deleted rows are of no interest. */
const changedSince = (tenantId: string, since: number) =>
  since === 0 ? { tenantId, deletedAt: IsNull() } : { tenantId, configVersion: MoreThan(since) };

const SECRETS_PER_QUERY = 1000;

async function readSecrets(
  manager: EntityManager,
  endpointIds: string[],
): Promise<Map<string, EndpointSecretRow[]>> {
  const byEndpoint = new Map<string, EndpointSecretRow[]>();
  for (let at = 0; at < endpointIds.length; at += SECRETS_PER_QUERY) {
    const rows = await manager.find(EndpointSecretRow, {
      where: { endpointId: In(endpointIds.slice(at, at + SECRETS_PER_QUERY)) },
      order: { id: 'DESC' },
    });
    for (const row of rows) byEndpoint.set(row.endpointId, [...(byEndpoint.get(row.endpointId) ?? []), row]);
  }
  return byEndpoint;
}

/** Shared with whoever sends outside the pipeline (a test send), so that both send the same. */
export function toSettings(
  row: EndpointRow,
  secrets: EndpointSecretRow[],
  keyRing: KeyRing,
): EndpointSettings {
  const opened = secrets.map(({ sealed, expiresAt }): EndpointSecret => ({
    value: keyRing.open(sealed, sealedFor(row.tenantId, row.id, 'secret')),
    expiresAt,
  }));
  return {
    id: row.id,
    tenantId: row.tenantId,
    url: row.url,
    status: row.status,
    payloadFormat: row.payloadFormat,
    headers: openHeaders(row, keyRing),
    credentials: openCredentials(row, keyRing),
    timeoutMs: row.timeoutMs,
    rateLimitPerSecond: row.rateLimitPerSecond,
    maxInFlight: row.maxInFlight,
    ordered: row.ordered,
    failingSince: row.failingSince,
    retrySchedule: row.retrySchedule,
    signatureScheme: row.signatureScheme,
    secrets: opened,
  };
}

/** As people see it: of its credentials only that there are some. */
export function toEndpoint(row: EndpointRow, keyRing: KeyRing): Endpoint {
  return {
    id: row.id,
    tenantId: row.tenantId,
    name: row.name,
    url: row.url,
    description: row.description,
    status: row.status,
    disabledReason: row.disabledReason,
    payloadFormat: row.payloadFormat,
    headers: openHeaders(row, keyRing),
    hasCredentials: row.credentialsSealed !== null,
    timeoutMs: row.timeoutMs,
    rateLimitPerSecond: row.rateLimitPerSecond,
    maxInFlight: row.maxInFlight,
    ordered: row.ordered,
    retrySchedule: row.retrySchedule,
    signatureScheme: row.signatureScheme,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    deletedAt: row.deletedAt,
  };
}
