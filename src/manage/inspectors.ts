import { randomBytes } from 'node:crypto';
import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import type { Inspector, InspectorAnswer, InspectorChanges } from '../domain/inspector';
import { LIMITS } from '../domain/limits';
import type { Caller } from '../domain/scopes';
import type { TenantScope } from '../domain/settings';
import { ed25519PublicKey, parseSecret } from '../domain/request/webhook-secret';
import { checkName, fault, tidy, type Faults } from './checks/field-checks';
import { noInspector, noTenant } from './not-found';
import type { InspectorRecords, TenantRecords } from './records';

type Optional<T> = T | null | undefined;

interface InspectorFields {
  name?: Optional<string>;
  secret?: Optional<string>;
  status?: Optional<number>;
  delayMs?: Optional<number>;
  body?: Optional<string>;
  failFirst?: Optional<number>;
  expiresInSeconds?: Optional<number>;
}

export interface NewInspectorInput extends InspectorFields {
  tenantId?: Optional<string>;
}

/** What is left out stays; null sets the default again. */
export interface InspectorChangeInput extends InspectorFields {
  id: string;
}

export interface InspectorNeeds {
  inspectors: InspectorRecords;
  tenants: Pick<TenantRecords, 'find'>;
  /** Whether this deployment has inspectors at all. */
  inspector: boolean;
}

const DEFAULT_NAME = 'Inspector';
const DEFAULT_ANSWER: InspectorAnswer = { status: 200, delayMs: 0, body: '', failuresLeft: 0 };
/** In the address, in place of the id: an id tells when it was made, and is shown in places. */
const TOKEN_BYTES = 20;

export type InspectorUseCases = ReturnType<typeof makeInspectors>;

/** Throw-away receivers: see what would arrive before there is anything for it to arrive at. */
export function makeInspectors({ inspectors, tenants, inspector: isOn }: InspectorNeeds) {
  const settle = async ({ tenantId, id }: Inspector, isThere: boolean): Promise<Outcome<Inspector>> => {
    const inspector = isThere ? await inspectors.find(tenantId, id) : undefined;
    return inspector ? done(inspector) : noInspector('id');
  };
  const find = async (scope: TenantScope, id: string): Promise<Inspector | undefined> =>
    decodeId('inspector', id) ? inspectors.find(scope, id) : undefined;

  return {
    async create(caller: Caller, input: NewInspectorInput): Promise<Outcome<Inspector>> {
      const tenantId = input.tenantId ?? caller.tenantId;
      if (tenantId === null) return refused('REQUIRED', 'An operator says for which tenant.', ['tenantId']);
      const isThere = decodeId('tenant', tenantId) && (await tenants.find(caller.tenantId, tenantId));
      if (!isThere) return noTenant('tenantId');
      if (!isOn) {
        return refused('CONFLICT', 'This deployment has no inspectors; WARREN_INSPECTOR=true turns them on.');
      }
      const userErrors = checkFields(input);
      if (userErrors.length > 0) return { ok: false, userErrors };
      if ((await inspectors.count(tenantId)) >= LIMITS.inspectorsPerTenant) {
        return refused('LIMIT', `There are ${LIMITS.inspectorsPerTenant} inspectors already; delete some.`);
      }
      return done(
        await inspectors.create({
          tenantId,
          name: tidy(input.name ?? DEFAULT_NAME),
          token: randomBytes(TOKEN_BYTES).toString('hex'),
          secret: input.secret ?? null,
          answer: { ...DEFAULT_ANSWER, ...answerOf(input) },
          expiresAt: expiryOf(input.expiresInSeconds),
        }),
      );
    },

    async update(scope: TenantScope, input: InspectorChangeInput): Promise<Outcome<Inspector>> {
      const before = await find(scope, input.id);
      if (!before) return noInspector('id');
      const userErrors = checkFields(input);
      if (userErrors.length > 0) return { ok: false, userErrors };
      const { name, secret, expiresInSeconds } = input;
      const changes: InspectorChanges = {
        ...(name === undefined ? {} : { name: tidy(name ?? DEFAULT_NAME) }),
        ...(secret === undefined ? {} : { secret }),
        ...(expiresInSeconds === undefined ? {} : { expiresAt: expiryOf(expiresInSeconds) }),
        answer: answerOf(input),
      };
      return settle(before, await inspectors.update(before, changes));
    },

    /** @returns what is gone, of which no row is left */
    async remove(scope: TenantScope, id: string): Promise<Outcome<Inspector>> {
      const before = await find(scope, id);
      return before && (await inspectors.remove(before)) ? done(before) : noInspector('id');
    },
  };
}

/** Of what is given; null is the default. */
function answerOf({ status, delayMs, body, failFirst }: InspectorFields): Partial<InspectorAnswer> {
  return {
    ...(status === undefined ? {} : { status: status ?? DEFAULT_ANSWER.status }),
    ...(delayMs === undefined ? {} : { delayMs: delayMs ?? DEFAULT_ANSWER.delayMs }),
    ...(body === undefined ? {} : { body: body ?? DEFAULT_ANSWER.body }),
    ...(failFirst === undefined ? {} : { failuresLeft: failFirst ?? DEFAULT_ANSWER.failuresLeft }),
  };
}

const expiryOf = (seconds: Optional<number>): Date =>
  new Date(Date.now() + (seconds ?? LIMITS.inspectorSeconds.default) * 1000);

function checkFields(fields: InspectorFields): Faults {
  const { name, secret, status, delayMs, body, failFirst, expiresInSeconds } = fields;
  const { status: statuses, delayMs: maxDelayMs, bodyBytes, failFirst: maxFailures } = LIMITS.inspectorAnswer;
  const { min, max } = LIMITS.inspectorSeconds;
  return [
    ...(typeof name === 'string' ? checkName(name) : []),
    ...(typeof secret === 'string' ? checkSecret(secret) : []),
    ...checkRange('status', status, statuses.min, statuses.max),
    ...checkRange('delayMs', delayMs, 0, maxDelayMs),
    ...(typeof body === 'string' && Buffer.byteLength(body) > bodyBytes
      ? [fault('TOO_LONG', `body has at most ${bodyBytes} bytes`, 'body')]
      : []),
    ...checkRange('failFirst', failFirst, 0, maxFailures),
    ...checkRange('expiresInSeconds', expiresInSeconds, min, max),
  ];
}

function checkRange(field: string, value: Optional<number>, min: number, max: number): Faults {
  if (typeof value !== 'number' || (value >= min && value <= max)) return [];
  return [fault('INVALID', `${field} is from ${min} to ${max}`, field)];
}

/** What verifies will do: the secret, or the public key of one. */
function checkSecret(secret: string): Faults {
  if (ed25519PublicKey(secret)) return [];
  const parsed = parseSecret(secret);
  return parsed.ok ? [] : [fault('INVALID', parsed.reason, 'secret')];
}
