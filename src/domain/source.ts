/** Where a provider's webhooks come in: what is known of one, without its secrets. */

export const SOURCE_PROVIDERS = [
  'STRIPE',
  'GITHUB',
  'SHOPIFY',
  'TWILIO',
  'SLACK',
  'STANDARD_WEBHOOKS',
] as const;
export type SourceProvider = (typeof SOURCE_PROVIDERS)[number];

/** Why a source did not take a request, as its owner is told; whoever sent it may be told less. */
export const SOURCE_REFUSALS = ['UNSIGNED', 'BAD_SIGNATURE', 'TOO_OLD', 'DISABLED', 'UNREADABLE'] as const;
export type SourceRefusal = (typeof SOURCE_REFUSALS)[number];

export interface Source {
  id: string;
  tenantId: string;
  name: string;
  provider: SourceProvider;
  /** What its events' types begin with, without the dot. */
  eventTypePrefix: string;
  enabled: boolean;
  /** To the minute. */
  lastReceivedAt: Date | null;
  /** To the minute, with the reason of that one. */
  lastRefusedAt: Date | null;
  lastRefusal: SourceRefusal | null;
  createdAt: Date;
  updatedAt: Date;
}

export type NewSource = Pick<Source, 'tenantId' | 'name' | 'provider' | 'eventTypePrefix'>;
export type SourceChanges = Partial<Pick<Source, 'name' | 'eventTypePrefix' | 'enabled'>>;

/** What taking a request needs of a source. Secrets are plain here and only here: in memory. */
export interface SourceSettings extends Pick<
  Source,
  'id' | 'tenantId' | 'provider' | 'eventTypePrefix' | 'enabled'
> {
  /** All that are good at this moment: several while one is being rotated. */
  secrets: readonly string[];
}
