import { isDeepStrictEqual } from 'node:util';
import type { CatalogEntry, CatalogVersion, CompiledSchema } from '../domain/schema/catalog';
import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { InPieces } from '../domain/pieces';
import type { TenantScope } from '../domain/settings';
import type { ControlMessage } from '../messages/control';
import type { TakeTurns } from '../runtime/turn-taking';
import type { CheckExpression } from './checks/check-subscription';
import { checkEventType, checkSchemaAndExample, type EventTypeFields } from './checks/check-event-type';
import { warningsOf, type RuledSubscription } from './checks/event-type-warnings';
import { fault, tidy } from './checks/field-checks';
import { noEventType } from './not-found';
import type { Changed } from './records';

export interface CatalogRecords {
  /** The owner's own entry alone. */
  findOwn(owner: TenantScope, name: string): Promise<CatalogEntry | undefined>;
  byIds(scope: TenantScope, ids: readonly string[]): Promise<CatalogEntry[]>;
  versionsOf(ids: readonly string[]): Promise<Map<string, CatalogVersion[]>>;
  save(
    owner: TenantScope,
    save: {
      /** The revision that the change was made from; undefined: there was no entry. */
      from: number | undefined;
      entry: Pick<CatalogEntry, 'name' | 'description' | 'requiredScope' | 'archived'>;
      version?: CatalogVersion;
    },
    at: Date,
  ): Changed<{ kind: 'saved'; id: string } | { kind: 'moved-on' } | { kind: 'full' }>;
}

export interface EventTypeNeeds {
  catalog: CatalogRecords;
  /** Subscriptions to a type that have a version, a filter, a transform or fields; null: of all tenants. */
  ruledSubscriptions: (scope: TenantScope, type: string) => Promise<RuledSubscription[]>;
  compileSchema: (schema: unknown) => InPieces<CompiledSchema>;
  inTurns: TakeTurns;
  checkExpression: CheckExpression;
  announce: (message: ControlMessage) => void;
}

export interface SavedEventType {
  entry: CatalogEntry;
  warnings: string[];
}

/** Expressions of what everybody shares wait in a queue of their own. */
const EVERYBODY = 'everybody';
/** Others may save the same entry at the same time; after so many rounds somebody should look. */
const ROUNDS = 3;
const CONFLICT = refused('CONFLICT', 'Somebody else changes this event type right now; try again.', ['name']);

export type EventTypeUseCases = ReturnType<typeof makeEventTypes>;

export function makeEventTypes(needs: EventTypeNeeds) {
  const { catalog, ruledSubscriptions, compileSchema, inTurns, checkExpression, announce } = needs;

  async function settle(owner: TenantScope, version: number, id: string): Promise<CatalogEntry | undefined> {
    announce(owner === null ? { kind: 'catalog', version } : { kind: 'config', tenantId: owner, version });
    const [entry] = await catalog.byIds(owner, [id]);
    return entry;
  }

  /** One round: undefined when somebody else has changed the entry meanwhile. */
  async function trySave(
    owner: TenantScope,
    input: EventTypeFields,
  ): Promise<Outcome<SavedEventType> | undefined> {
    const before = await catalog.findOwn(owner, input.name);
    // The column tells no case apart; routing and schemas do, and would never find the other spelling.
    if (before && before.name !== input.name) {
      return refused('TAKEN', `There is ${before.name} already, which differs only in case.`, ['name']);
    }
    const versions = before ? ((await catalog.versionsOf([before.id])).get(before.id) ?? []) : [];
    const number = input.version ?? 1;
    const next = versions.length + 1;
    if (number > next) {
      const rule = next === 1 ? 'the first version is 1' : `the next version is ${next}`;
      return { ok: false, userErrors: [fault('INVALID', `versions are without gaps: ${rule}`, 'version')] };
    }
    if (number > LIMITS.versionsPerEventType) {
      return refused('LIMIT', `An event type has at most ${LIMITS.versionsPerEventType} versions.`, [
        'version',
      ]);
    }
    const earlier = versions[number - 1];
    const version = versionAfter(earlier, number, input);
    const userErrors = await inTurns(owner ?? EVERYBODY, checkSchemaAndExample(version, compileSchema));
    if (userErrors.length > 0) return { ok: false, userErrors };

    const entry = entryAfter(before, input);
    const saved = await catalog.save(owner, { from: before?.revision, entry, version }, new Date());
    if (!saved) return refused('NOT_FOUND', 'There is no such tenant any more.');
    if (saved.value.kind === 'moved-on') return undefined;
    if (saved.value.kind === 'full')
      return refused('LIMIT', 'The catalog has no room for another event type.');
    const isSame =
      isDeepStrictEqual(earlier?.schema, version.schema) && earlier?.downgrade === version.downgrade;
    const base = earlier?.schema === undefined ? versions[number - 2] : earlier;
    const warnings = isSame
      ? []
      : await warningsOf(
          (work) => inTurns(owner ?? EVERYBODY, work),
          base,
          version,
          () => ruledSubscriptions(owner, input.name),
        );
    const now = await settle(owner, saved.version, saved.value.id);
    return now ? done({ entry: now, warnings }) : noEventType('name');
  }

  return {
    /** @param owner whose entry it is; null: everybody's */
    async upsert(owner: TenantScope, input: EventTypeFields): Promise<Outcome<SavedEventType>> {
      const userErrors = checkEventType(input);
      if (userErrors.length === 0 && typeof input.downgrade === 'string') {
        const job = { tenantId: owner ?? EVERYBODY, expression: input.downgrade };
        const checked = await checkExpression(job);
        if (!checked.ok)
          userErrors.push(fault('INVALID', `downgrade cannot be used: ${checked.reason}`, 'downgrade'));
      }
      if (userErrors.length > 0) return { ok: false, userErrors };
      for (let round = 0; round < ROUNDS; round++) {
        const outcome = await trySave(owner, input);
        if (outcome) return outcome;
      }
      return CONFLICT;
    },

    /** Nobody else's: a tenant cannot archive what everybody shares. */
    async archive(owner: TenantScope, id: string): Promise<Outcome<SavedEventType>> {
      for (let round = 0; round < ROUNDS; round++) {
        const [found] = decodeId('eventType', id) ? await catalog.byIds(owner, [id]) : [];
        if (!found || (owner !== null && found.tenantId !== owner)) return noEventType('id');
        if (found.archived) return done({ entry: found, warnings: [] });
        const save = { from: found.revision, entry: { ...found, archived: true } };
        const saved = await catalog.save(found.tenantId, save, new Date());
        if (!saved) return noEventType('id');
        if (saved.value.kind !== 'saved') continue;
        const entry = await settle(found.tenantId, saved.version, id);
        return entry ? done({ entry, warnings: [] }) : noEventType('id');
      }
      return CONFLICT;
    },
  };
}

/** Saving an archived type brings it back. */
function entryAfter(before: CatalogEntry | undefined, { name, description, requiredScope }: EventTypeFields) {
  return {
    name,
    description: description === undefined ? (before?.description ?? '') : tidy(description ?? ''),
    requiredScope: requiredScope === undefined ? (before?.requiredScope ?? null) : requiredScope,
    archived: false,
  };
}

function versionAfter(
  before: CatalogVersion | undefined,
  version: number,
  { schema, example, deprecated, downgrade }: EventTypeFields,
): CatalogVersion {
  return {
    version,
    schema: schema === undefined ? before?.schema : (schema ?? undefined),
    example: example === undefined ? before?.example : (example ?? undefined),
    deprecated: deprecated === undefined ? (before?.deprecated ?? false) : (deprecated ?? false),
    downgrade: downgrade === undefined ? (before?.downgrade ?? null) : downgrade,
  };
}
