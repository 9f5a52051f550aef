import { registerEnumType } from 'type-graphql';
import type { CircuitState } from '../../domain/delivery/gate-records';
import type { ActorKind } from '../../domain/audit';
import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import type { EndpointStatus, PayloadFormat, SignatureScheme } from '../../domain/nouns';
import type { SignatureCheck } from '../../domain/inspector';
import type { ReplayStatus } from '../../domain/replay';
import type { SourceProvider, SourceRefusal } from '../../domain/source';
import type { TunnelFailure } from '../../domain/tunnel';
import type { BreakingChange } from '../../domain/schema/schema-diff';

/** An enum of GraphQL from a description of each value; complete, because the domain's type says which there are. */
function makeEnum<T extends string>(
  name: string,
  description: string,
  values: Record<T, string>,
): Record<T, T> {
  const names = Object.keys(values) as T[];
  const object = Object.fromEntries(names.map((value) => [value, value])) as Record<T, T>;
  const valuesConfig = Object.fromEntries(names.map((value) => [value, { description: values[value] }]));
  registerEnumType(object, {
    name,
    description,
    valuesConfig: valuesConfig as Record<T, { description: string }>,
  });
  return object;
}

export const EndpointStatusEnum = makeEnum<EndpointStatus>(
  'EndpointStatus',
  'Whether an endpoint is sent to.',
  {
    ACTIVE: 'Deliveries go out.',
    PAUSED: 'Stopped by hand: deliveries are held, none is lost.',
    DISABLED:
      'Stopped by Warren, because its receiver is gone or has only failed for days; disabledReason says why.',
  },
);

export const CircuitStateEnum = makeEnum<CircuitState>(
  'CircuitState',
  'Whether an endpoint is sent to, after failures in a row.',
  {
    CLOSED: 'It is sent to.',
    OPEN: 'It failed many times in a row: its deliveries are held until the next probe.',
    HALF_OPEN: 'One delivery is sent to see whether it has recovered.',
  },
);

export const SignatureSchemeEnum = makeEnum<SignatureScheme>(
  'SignatureScheme',
  'How requests are signed, as Standard Webhooks has it.',
  {
    HMAC_SHA256: 'Symmetric, version v1: the receiver verifies with the secret (whsec_).',
    ED25519: 'Asymmetric, version v1a: the receiver verifies with the public key (whpk_).',
  },
);

export const PayloadFormatEnum = makeEnum<PayloadFormat>(
  'PayloadFormat',
  'What the body of a request looks like.',
  {
    STANDARD: 'Standard Webhooks: {type, timestamp, data}.',
    CLOUDEVENTS: 'CloudEvents 1.0, structured JSON.',
    EMBEDDED_SIGNATURE:
      '{event, timestamp, data, signature: "HMAC_SHA256_<hex>"}, signed over the RFC 8785 form of the rest.',
  },
);

export const DeliveryStatusEnum = makeEnum<DeliveryStatus>('DeliveryStatus', 'Where a delivery stands.', {
  PENDING: 'On its way, no answer yet.',
  RETRYING: 'Failed at least once; the next attempt is at nextAttemptAt.',
  HELD: 'Waits for its endpoint; heldBecause says for what.',
  DELIVERED: 'The receiver answered with success.',
  DEAD_LETTERED: 'Every attempt is used up, or the receiver refused for good. It can be retried.',
  CANCELLED:
    'Ended by hand, dropped when its endpoint was resumed, or because its endpoint is gone; lastError says which.',
});

export const ActorKindEnum = makeEnum<ActorKind>('AuditActorKind', 'By what somebody called.', {
  OPERATOR: 'The operator key of the deployment.',
  API_KEY: 'An API key.',
  TOKEN: 'A JWT of the deployment’s issuer.',
  PORTAL: 'A portal session.',
});

export const ReplayStatusEnum = makeEnum<ReplayStatus>('ReplayStatus', 'Where a replay stands.', {
  RUNNING: 'It sends, or waits for its turn.',
  COMPLETED: 'All that was selected is on its way or has been skipped.',
  CANCELLED: 'Ended by hand; what was sent before stays sent.',
  FAILED: 'It could not go on; error says why. What was sent before stays sent.',
});

export const SourceProviderEnum = makeEnum<SourceProvider>(
  'SourceProvider',
  'Whose webhooks a source takes: how requests are signed, and what they say.',
  {
    STRIPE: 'Stripe; the secret of the webhook endpoint (whsec_).',
    GITHUB: 'GitHub; the secret that was given to the webhook.',
    SHOPIFY: 'Shopify; the client secret of the app.',
    TWILIO: 'Twilio; the auth token of the account.',
    SLACK: 'Slack; the signing secret of the app.',
    STANDARD_WEBHOOKS:
      'Whoever follows Standard Webhooks; the shared secret (whsec_) or the public key (whpk_).',
  },
);

export const SourceRefusalEnum = makeEnum<SourceRefusal>('SourceRefusal', 'Why a source refused a request.', {
  UNSIGNED: 'It had no signature of the provider’s.',
  BAD_SIGNATURE:
    'Its signature fits none of the secrets: one of them is wrong, or the request was changed on the way.',
  TOO_OLD: 'It is genuine, and was signed more than five minutes ago, or in the future.',
  DISABLED: 'It is genuine, and the source is switched off.',
  UNREADABLE: 'It is genuine, and no event can be read from it.',
});

export const SignatureCheckEnum = makeEnum<SignatureCheck>(
  'SignatureCheck',
  'What the signature of a request is worth, checked as Standard Webhooks says.',
  {
    VERIFIED: 'It fits one of the secrets that are known.',
    UNSIGNED: 'The request lacks webhook-id, webhook-timestamp or webhook-signature.',
    NO_SECRET: 'It is signed, and nothing is known to check it with.',
    NO_MATCH: 'It fits none of the secrets: another one signed it, or the request was changed on the way.',
    BAD_TIMESTAMP: 'The timestamp is no whole number of unix seconds.',
    TOO_OLD: 'The timestamp is more than five minutes ago.',
    TOO_NEW: 'The timestamp is more than five minutes in the future.',
  },
);

export const TunnelFailureEnum = makeEnum<TunnelFailure>(
  'TunnelFailure',
  'Why a request that a listener made has no answer.',
  {
    CONNECTION_REFUSED: 'Nothing listens at the address that it sends to.',
    CONNECTION_RESET: 'The connection was closed before the answer was complete.',
    TIMEOUT: 'No complete answer came in time.',
    BAD_RESPONSE: 'What came is no HTTP.',
  },
);

export const SchemaReaderEnum = makeEnum<Uppercase<BreakingChange['breaks']>>(
  'SchemaReader',
  'Who may break on the change of a schema.',
  {
    READERS: 'Who gets such events.',
    PUBLISHERS: 'Who publishes them.',
  },
);
