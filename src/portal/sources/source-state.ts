import type { ResultOf } from 'gql.tada';
import type { SOURCES } from './source-queries';

type Seen = Pick<
  ResultOf<typeof SOURCES>['sourcesConnection']['nodes'][number],
  'enabled' | 'lastReceivedAt' | 'lastRefusedAt' | 'lastRefusal'
>;

/** What people want to know first: whether anything comes, and is taken. */
export function sourceStateOf(source: Seen): 'SWITCHED_OFF' | 'REFUSING' | 'WAITING' | 'RECEIVING' {
  if (!source.enabled) return 'SWITCHED_OFF';
  if (isRefusing(source)) return 'REFUSING';
  return source.lastReceivedAt === null ? 'WAITING' : 'RECEIVING';
}

/** The last that is known of is a refusal. One for being disabled is over once the source is enabled. */
const isRefusing = ({ lastReceivedAt, lastRefusedAt, lastRefusal }: Seen): boolean =>
  lastRefusedAt !== null &&
  lastRefusal !== 'DISABLED' &&
  (lastReceivedAt === null || Date.parse(lastRefusedAt) > Date.parse(lastReceivedAt));

interface Refusal {
  why: string;
  advice: string;
}

const REFUSALS: Record<NonNullable<Seen['lastRefusal']>, Refusal> = {
  UNSIGNED: {
    why: 'it had no signature of this provider’s',
    advice: 'See that the sender is the provider of this source, and that it has a secret to sign with.',
  },
  BAD_SIGNATURE: {
    why: 'its signature fits none of the secrets',
    advice:
      'One of both sides has the wrong secret, or a proxy changes bodies on the way. Give the right one below.',
  },
  TOO_OLD: {
    why: 'it was signed more than five minutes ago, or in the future',
    advice: 'See that the clocks are right. What the provider sends again, it signs anew.',
  },
  DISABLED: {
    why: 'the source was disabled',
    advice: 'Most providers try again by themselves.',
  },
  UNREADABLE: {
    why: 'no event can be read from it',
    advice: 'See that the format is JSON, and that the sender is the provider of this source.',
  },
};

/** Why the last request was refused, and what to do about it. */
export const refusalOf = ({ lastRefusal }: Seen): Refusal | null =>
  lastRefusal === null ? null : REFUSALS[lastRefusal];
