import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { Caller } from '../domain/scopes';
import type { TenantScope } from '../domain/settings';
import type { Source, SourceProvider } from '../domain/source';
import { RESERVED_PREFIX, isEventType } from '../domain/routing/topic-pattern';
import { checkName, fault, tidy, type Faults } from './checks/field-checks';
import { noSource, noTenant } from './not-found';
import type { SourceRecords, TenantRecords } from './records';

type Optional<T> = T | null | undefined;

export interface NewSourceInput {
  tenantId?: Optional<string>;
  name: string;
  provider: SourceProvider;
  signingSecret: string;
  eventTypePrefix?: Optional<string>;
}

/** What is left out stays; null sets the default again. */
export interface SourceChangeInput {
  id: string;
  name?: Optional<string>;
  eventTypePrefix?: Optional<string>;
  enabled?: Optional<boolean>;
}

export interface SourceRotationInput {
  id: string;
  signingSecret: string;
  overlapSeconds?: Optional<number>;
}

export interface SourceNeeds {
  sources: SourceRecords;
  tenants: Pick<TenantRecords, 'find'>;
  /** What the provider's own rules find wrong with a secret; undefined: nothing. */
  secretFault: (provider: SourceProvider, secret: string) => string | undefined;
}

const DEFAULT_OVERLAP_SECONDS = 86_400;
const MAX_LIVE_SECRETS = 5;

export type SourceUseCases = ReturnType<typeof makeSources>;

/** Where providers' webhooks come in. Their secrets are the providers': they are taken, and never told again. */
export function makeSources({ sources, tenants, secretFault }: SourceNeeds) {
  const findSource = async (scope: TenantScope, id: string): Promise<Source | undefined> =>
    decodeId('source', id) ? sources.find(scope, id) : undefined;

  function checkSecret(provider: SourceProvider, secret: string): Faults {
    const { min, max } = LIMITS.signingSecretLength;
    if (secret === '') return [fault('REQUIRED', 'signingSecret must not be empty', 'signingSecret')];
    const bytes = Buffer.byteLength(secret);
    if (bytes > max) return [fault('TOO_LONG', `signingSecret has at most ${max} bytes`, 'signingSecret')];
    if (bytes < min) return [fault('INVALID', `signingSecret has at least ${min} bytes`, 'signingSecret')];
    const reason = secretFault(provider, secret);
    return reason === undefined ? [] : [fault('INVALID', reason, 'signingSecret')];
  }

  const settle = async ({ tenantId, id }: Source, isThere: boolean): Promise<Outcome<Source>> => {
    const source = isThere ? await sources.find(tenantId, id) : undefined;
    return source ? done(source) : noSource('id');
  };

  return {
    async create(caller: Caller, input: NewSourceInput): Promise<Outcome<Source>> {
      const { name, provider, signingSecret } = input;
      const tenantId = input.tenantId ?? caller.tenantId;
      if (tenantId === null) return refused('REQUIRED', 'An operator says for which tenant.', ['tenantId']);
      const isThere = decodeId('tenant', tenantId) && (await tenants.find(caller.tenantId, tenantId));
      if (!isThere) return noTenant('tenantId');
      const eventTypePrefix = input.eventTypePrefix ?? defaultPrefix(provider);
      const userErrors = [
        ...checkName(name),
        ...checkPrefix(eventTypePrefix),
        ...checkSecret(provider, signingSecret),
      ];
      if (userErrors.length > 0) return { ok: false, userErrors };
      if ((await sources.count(tenantId)) >= LIMITS.sourcesPerTenant) {
        return refused('LIMIT', `There are ${LIMITS.sourcesPerTenant} sources already; delete some.`);
      }
      const source = { tenantId, name: tidy(name), provider, eventTypePrefix };
      return done(await sources.create(source, signingSecret, new Date()));
    },

    async update(scope: TenantScope, input: SourceChangeInput): Promise<Outcome<Source>> {
      const before = await findSource(scope, input.id);
      if (!before) return noSource('id');
      if (input.name === null)
        return refused('REQUIRED', 'A source has a name; there is no default.', ['name']);
      const name = input.name ?? before.name;
      const eventTypePrefix =
        input.eventTypePrefix === undefined
          ? before.eventTypePrefix
          : (input.eventTypePrefix ?? defaultPrefix(before.provider));
      const enabled = input.enabled === undefined ? before.enabled : (input.enabled ?? true);
      const userErrors = [...checkName(name), ...checkPrefix(eventTypePrefix)];
      if (userErrors.length > 0) return { ok: false, userErrors };
      const changes = { name: tidy(name), eventTypePrefix, enabled };
      return settle(before, await sources.update(before.tenantId, before.id, changes, new Date()));
    },

    /** Requests signed with the secrets before this one are taken for `overlapSeconds` more. */
    async rotateSecret(scope: TenantScope, input: SourceRotationInput): Promise<Outcome<Source>> {
      const { signingSecret } = input;
      const overlapSeconds = input.overlapSeconds ?? DEFAULT_OVERLAP_SECONDS;
      const source = await findSource(scope, input.id);
      if (!source) return noSource('id');
      const userErrors = [...checkSecret(source.provider, signingSecret), ...checkOverlap(overlapSeconds)];
      if (userErrors.length > 0) return { ok: false, userErrors };
      const at = new Date();
      const live = await sources.liveSecrets(source, at);
      if (live.includes(signingSecret)) {
        return refused('CONFLICT', 'This source takes this secret already.', ['signingSecret']);
      }
      if (overlapSeconds > 0 && live.length >= MAX_LIVE_SECRETS) {
        return refused(
          'LIMIT',
          `${live.length} secrets are good already; overlapSeconds: 0 ends them at once.`,
          ['overlapSeconds'],
        );
      }
      const until = new Date(at.getTime() + overlapSeconds * 1000);
      return settle(source, await sources.rotateSecret(source, signingSecret, until, at));
    },

    async remove(scope: TenantScope, id: string): Promise<Outcome<string>> {
      const before = await findSource(scope, id);
      const isRemoved = before && (await sources.remove(before.tenantId, id, new Date()));
      return isRemoved ? done(id) : noSource('id');
    },
  };
}

const defaultPrefix = (provider: SourceProvider): string => provider.toLowerCase();

function checkPrefix(prefix: string): Faults {
  if (prefix.length > LIMITS.eventTypePrefixLength) {
    const rule = `eventTypePrefix has at most ${LIMITS.eventTypePrefixLength} characters`;
    return [fault('TOO_LONG', rule, 'eventTypePrefix')];
  }
  if (isEventType(prefix) && !`${prefix}.`.startsWith(RESERVED_PREFIX)) return [];
  const rule =
    'eventTypePrefix has dot-separated segments of letters, digits, _ and -, and does not begin with warren';
  return [fault('INVALID', rule, 'eventTypePrefix')];
}

function checkOverlap(seconds: number): Faults {
  if (seconds >= 0 && seconds <= LIMITS.secretOverlapSeconds) return [];
  return [fault('INVALID', `overlapSeconds is from 0 to ${LIMITS.secretOverlapSeconds}`, 'overlapSeconds')];
}
