import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { PayloadFormat, SignatureScheme } from '../domain/nouns';
import type { Caller } from '../domain/scopes';
import type { Endpoint, EndpointChanges, TenantScope } from '../domain/settings';
import type { ControlMessage } from '../messages/control';
import { changeCredentials, checkCredentials, type CheckCredentials } from './checks/check-credentials';
import { checkAgainstCatalog, type CatalogLookUp } from './checks/check-catalog';
import {
  DEFAULT_TIMEOUT_MS,
  checkEndpoint,
  type CheckUrl,
  type EndpointFields,
} from './checks/check-endpoint';
import { chooseSecret } from './endpoint-secret';
import { checkEventTypes, type Faults } from './checks/field-checks';
import { noEndpoint, noTenant } from './not-found';
import type { EndpointRecords, TenantRecords } from './records';

type Optional<T> = T | null | undefined;

export interface NewEndpointInput {
  tenantId?: Optional<string>;
  url: string;
  name?: Optional<string>;
  description?: Optional<string>;
  headers?: unknown;
  credentials?: unknown;
  secret?: Optional<string>;
  signatureScheme?: Optional<SignatureScheme>;
  payloadFormat?: Optional<PayloadFormat>;
  timeoutMs?: Optional<number>;
  rateLimitPerSecond?: Optional<number>;
  maxInFlight?: Optional<number>;
  ordered?: Optional<boolean>;
  retrySchedule?: Optional<number[]>;
  eventTypes?: Optional<string[]>;
}

/** What is left out stays; null sets the default again. */
export type EndpointChangeInput = { id: string; url?: Optional<string> } & Pick<
  NewEndpointInput,
  | 'name'
  | 'description'
  | 'headers'
  | 'credentials'
  | 'payloadFormat'
  | 'timeoutMs'
  | 'rateLimitPerSecond'
  | 'maxInFlight'
  | 'ordered'
  | 'retrySchedule'
>;

export interface SecretRotationInput {
  id: string;
  secret?: Optional<string>;
  overlapSeconds?: Optional<number>;
}

/** A fact about an endpoint; the same key told twice counts once. */
export interface OperationalEvent {
  tenantId: string;
  type: 'warren.secret.rotated';
  key: string;
  data: Record<string, unknown>;
}

export interface EndpointNeeds {
  endpoints: EndpointRecords;
  catalog: Pick<CatalogLookUp, 'named'>;
  tenants: Pick<TenantRecords, 'find'>;
  announce: (message: ControlMessage) => void;
  /** Tells the tenant by an event of Warren's own. */
  tell: (event: OperationalEvent) => void;
  checkUrl: CheckUrl;
  checkCredentials: CheckCredentials;
  /** Seconds; every rung there is. */
  ladder: readonly number[];
}

const DEFAULT_OVERLAP_SECONDS = 86_400;
/** Each live secret is one more signature on every request. */
const MAX_LIVE_SECRETS = 5;

export type EndpointUseCases = ReturnType<typeof makeEndpoints>;

export function makeEndpoints(needs: EndpointNeeds) {
  const { endpoints, catalog, tenants, announce, tell, checkUrl, ladder } = needs;
  const credentialsOf = needs.checkCredentials;
  const lookUp: CatalogLookUp = {
    named: (tenantId, names) => catalog.named(tenantId, names),
    tenantOf: (tenantId) => tenants.find(tenantId, tenantId),
  };
  const within = (tenantId: string) => (url: string) => checkUrl(tenantId, url);
  const findEndpoint = async (scope: TenantScope, id: string): Promise<Endpoint | undefined> =>
    decodeId('endpoint', id) ? endpoints.find(scope, id) : undefined;

  async function checkTypes(tenantId: string, eventTypes: readonly string[]): Promise<Faults> {
    const faults = checkEventTypes(eventTypes);
    return faults.length > 0 ? faults : checkAgainstCatalog(lookUp, tenantId, eventTypes);
  }

  /** Tells every process of the change, then reads back what is there now. */
  async function settle(
    { tenantId, id }: { tenantId: string; id: string },
    change: { version: number; value: unknown } | undefined,
  ): Promise<Outcome<Endpoint>> {
    if (!change || change.value === false) return noEndpoint('id');
    announce({ kind: 'config', tenantId, version: change.version });
    const endpoint = await endpoints.find(tenantId, id);
    return endpoint ? done(endpoint) : noEndpoint('id');
  }

  return {
    async create(caller: Caller, input: NewEndpointInput): Promise<Outcome<Endpoint>> {
      const tenantId = input.tenantId ?? caller.tenantId;
      if (tenantId === null) return refused('REQUIRED', 'An operator says for which tenant.', ['tenantId']);
      const isReachable = decodeId('tenant', tenantId) && (caller.tenantId ?? tenantId) === tenantId;
      if (!isReachable) return noTenant('tenantId');
      const checked = await checkEndpoint(fieldsOfNew(input), ladder, within(tenantId));
      const credentials = await checkCredentials(
        credentialsOf,
        { tenantId, url: input.url, headers: checked.ok ? checked.value.headers : {} },
        input.credentials,
      );
      const secret = chooseSecret(input.signatureScheme ?? 'HMAC_SHA256', input.secret);
      const userErrors = [
        ...(checked.ok ? [] : checked.userErrors),
        ...(credentials.ok ? [] : credentials.userErrors),
        ...(secret.ok ? [] : secret.userErrors),
        ...(input.eventTypes ? await checkTypes(tenantId, input.eventTypes) : []),
      ];
      if (userErrors.length > 0 || !checked.ok || !credentials.ok || !secret.ok) {
        return { ok: false, userErrors };
      }
      const subscribed = input.eventTypes ? { eventTypes: [...new Set(input.eventTypes)] } : {};
      const endpoint = { ...checked.value, tenantId, credentials: credentials.value };
      const creation = { endpoint, secret: secret.value, ...subscribed };
      const created = await endpoints.create(creation, new Date());
      return created ? settle({ tenantId, id: created.value }, created) : noTenant('tenantId');
    },

    async update(scope: TenantScope, input: EndpointChangeInput): Promise<Outcome<Endpoint>> {
      const before = await findEndpoint(scope, input.id);
      if (!before) return noEndpoint('id');
      if (input.url === null)
        return refused('REQUIRED', 'An endpoint has a url; there is no default.', ['url']);
      const isMoved = input.url !== undefined && input.url !== before.url;
      const fields = fieldsAfter(before, input);
      const checked = await checkEndpoint(fields, ladder, isMoved ? within(before.tenantId) : undefined);
      const place = { url: fields.url, headers: checked.ok ? checked.value.headers : {} };
      const stored = async () =>
        (await endpoints.settingsOf(scope, before.id, new Date()))?.credentials ?? null;
      const credentials = await changeCredentials(credentialsOf, before, place, input.credentials, stored);
      if (!checked.ok || !credentials.ok) {
        const faults = [checked, credentials].flatMap((result) => (result.ok ? [] : result.userErrors));
        return { ok: false, userErrors: faults };
      }
      const { signatureScheme: _stays, ...written } = checked.value;
      const changes: EndpointChanges = {
        ...written,
        ...(credentials.value === undefined ? {} : { credentials: credentials.value }),
      };
      return settle(before, await endpoints.update(before.tenantId, before.id, changes, new Date()));
    },

    async remove(scope: TenantScope, id: string): Promise<Outcome<string>> {
      const before = await findEndpoint(scope, id);
      const removed = before && (await endpoints.remove(before.tenantId, id, new Date()));
      if (!before || !removed?.value) return noEndpoint('id');
      announce({ kind: 'config', tenantId: before.tenantId, version: removed.version });
      return done(id);
    },

    /** The secrets before this one go on signing for `overlapSeconds`, so that receivers can change over. */
    async rotateSecret(scope: TenantScope, input: SecretRotationInput): Promise<Outcome<Endpoint>> {
      const overlapSeconds = input.overlapSeconds ?? DEFAULT_OVERLAP_SECONDS;
      const endpoint = await findEndpoint(scope, input.id);
      if (!endpoint) return noEndpoint('id');
      if (overlapSeconds < 0 || overlapSeconds > LIMITS.secretOverlapSeconds) {
        return refused('INVALID', `overlapSeconds is from 0 to ${LIMITS.secretOverlapSeconds}`, [
          'overlapSeconds',
        ]);
      }
      const secret = chooseSecret(endpoint.signatureScheme, input.secret);
      if (!secret.ok) return secret;
      const at = new Date();
      const live = (await endpoints.secretsOf(endpoint.tenantId, [endpoint.id], at)).get(endpoint.id) ?? [];
      if (live.some(({ value }) => value === secret.value)) {
        return refused('CONFLICT', 'This endpoint signs with this secret already; give another, or none.', [
          'secret',
        ]);
      }
      if (overlapSeconds > 0 && live.length >= MAX_LIVE_SECRETS) {
        return refused(
          'LIMIT',
          `${live.length} secrets sign already; overlapSeconds: 0 retires them at once.`,
          ['overlapSeconds'],
        );
      }
      const until = new Date(at.getTime() + overlapSeconds * 1000);
      const change = await endpoints.rotateSecret(endpoint.tenantId, endpoint.id, secret.value, until, at);
      if (change?.value) {
        tell({
          tenantId: endpoint.tenantId,
          type: 'warren.secret.rotated',
          key: `rotated/${endpoint.id}/${change.version}`,
          data: { endpointId: endpoint.id, oldSecretsSignUntil: until.toISOString() },
        });
      }
      return settle(endpoint, change);
    },
  };
}

function fieldsOfNew(input: NewEndpointInput): EndpointFields {
  return {
    url: input.url,
    name: input.name ?? undefined,
    description: input.description ?? '',
    headers: input.headers,
    payloadFormat: input.payloadFormat ?? 'STANDARD',
    signatureScheme: input.signatureScheme ?? 'HMAC_SHA256',
    timeoutMs: input.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    rateLimitPerSecond: input.rateLimitPerSecond ?? null,
    maxInFlight: input.maxInFlight ?? null,
    ordered: input.ordered ?? false,
    retrySchedule: input.retrySchedule ?? null,
  };
}

function fieldsAfter(before: Endpoint, input: EndpointChangeInput): EndpointFields {
  const after = <T, D>(given: Optional<T>, present: T, byDefault: D) =>
    given === undefined ? present : (given ?? byDefault);
  return {
    url: input.url ?? before.url,
    name: after(input.name, before.name, undefined),
    description: after(input.description, before.description, ''),
    headers: input.headers === undefined ? before.headers : input.headers,
    payloadFormat: after(input.payloadFormat, before.payloadFormat, 'STANDARD'),
    signatureScheme: before.signatureScheme,
    timeoutMs: after(input.timeoutMs, before.timeoutMs, DEFAULT_TIMEOUT_MS),
    rateLimitPerSecond: after(input.rateLimitPerSecond, before.rateLimitPerSecond, null),
    maxInFlight: after(input.maxInFlight, before.maxInFlight, null),
    ordered: after(input.ordered, before.ordered, false),
    retrySchedule: input.retrySchedule === undefined ? before.retrySchedule : input.retrySchedule,
  };
}
