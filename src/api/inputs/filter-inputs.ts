import { Field, ID, InputType } from 'type-graphql';
import type { AuditFilter } from '../../domain/audit';
import type { DeliveryFilter, EventFilter } from '../../domain/delivery/delivery-filter';
import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import { LIMITS } from '../../domain/limits';
import { badUserInput } from '../request-errors';
import { DateTimeScalar } from '../scalars';
import { DeliveryStatusEnum } from '../types/enums';

const TEXT = {
  types: 'Only these event types, by their exact names; at most 100.',
  since: 'Only what was received at this time or later.',
  until: 'Only what was received before this time.',
} as const;

@InputType('EventFilter', { description: 'Which events; every condition given must hold.' })
export class EventFilterInput {
  @Field(() => [String], { nullable: true, description: TEXT.types })
  types?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: TEXT.since })
  since?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: TEXT.until })
  until?: Date | null;

  @Field(() => String, { nullable: true, description: 'Only what was published with this key.' })
  idempotencyKey?: string | null;
}

@InputType('DeliveryFilter', { description: 'Which deliveries; every condition given must hold.' })
export class DeliveryFilterInput {
  @Field(() => ID, { nullable: true, description: 'Only those to this endpoint.' })
  endpointId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only those of this event.' })
  eventId?: string | null;

  @Field(() => [String], { nullable: true, description: TEXT.types })
  types?: string[] | null;

  @Field(() => [DeliveryStatusEnum], { nullable: true, description: 'Only those in one of these.' })
  status?: DeliveryStatus[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: TEXT.since })
  since?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: TEXT.until })
  until?: Date | null;
}

@InputType('AuditFilter', { description: 'Which entries; every condition given must hold.' })
export class AuditFilterInput {
  @Field(() => [String], { nullable: true, description: 'Only these mutations, by their names.' })
  actions?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Only changes of this.' })
  objectId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only changes by this one: a key’s id or a token’s subject.',
  })
  actorId?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only what was done at this time or later.' })
  since?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only what was done before this time.' })
  until?: Date | null;
}

/** Null is the same as left out. */
const withoutNulls = (input: object | null | undefined): object =>
  Object.fromEntries(
    Object.entries(input ?? {}).filter(([, value]) => value !== null && value !== undefined),
  );

/** Throws BAD_USER_INPUT for a time in which nothing can be. */
export function checkRange({
  since,
  until,
}: {
  since?: Date | null | undefined;
  until?: Date | null | undefined;
}): void {
  if (since && until && until <= since) throw badUserInput('`until` must be later than `since`.');
}

export const EXACT_TYPES =
  'types: each is an event type by its exact name, such as order.placed. No patterns are taken here: name each type.';

/** Throws BAD_USER_INPUT for too many, and for a pattern: subscriptions have them, and as a name it would match nothing. */
function checkTypes(types: readonly string[] | null | undefined): void {
  if (types && types.length > LIMITS.typesPerFilter)
    throw badUserInput(`types: at most ${LIMITS.typesPerFilter} at once.`);
  if (types?.some((type) => /[*#]/.test(type))) throw badUserInput(EXACT_TYPES);
}

function toFilter(
  input: DeliveryFilterInput | EventFilterInput | AuditFilterInput | null | undefined,
): object {
  checkRange(input ?? {});
  if (input && 'types' in input) checkTypes(input.types);
  return withoutNulls(input);
}

export const toDeliveryFilter = (input: DeliveryFilterInput | null | undefined): DeliveryFilter =>
  toFilter(input);
export const toEventFilter = (input: EventFilterInput | null | undefined): EventFilter => toFilter(input);
export const toAuditFilter = (input: AuditFilterInput | null | undefined): AuditFilter => toFilter(input);
