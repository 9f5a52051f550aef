import type { IconName } from '../parts/icon';
import type { InspectedRequest } from './inspector-queries';

interface SignatureWords {
  tone: 'good' | 'bad' | 'wait';
  icon: IconName;
  words: string;
  /** What to do about it. */
  advice: string;
}

export const SIGNATURES: Record<InspectedRequest['signature'], SignatureWords> = {
  VERIFIED: {
    ...{ tone: 'good', icon: 'check', words: 'verified' },
    advice: 'It was signed with a secret that is known here, and arrived unchanged.',
  },
  UNSIGNED: {
    ...{ tone: 'wait', icon: 'bolt', words: 'not signed' },
    advice: 'It has no webhook-signature. Everything that Warren delivers over HTTP has one.',
  },
  NO_SECRET: {
    ...{ tone: 'wait', icon: 'key', words: 'not checked' },
    advice:
      'It is signed, but no endpoint of yours sends to this address. Give the secret below to check it.',
  },
  NO_MATCH: {
    ...{ tone: 'bad', icon: 'cross', words: 'signature does not fit' },
    advice: 'Another secret signed it, or it was changed on the way.',
  },
  BAD_TIMESTAMP: {
    ...{ tone: 'bad', icon: 'cross', words: 'bad timestamp' },
    advice: 'webhook-timestamp is no whole number of seconds.',
  },
  TOO_OLD: {
    ...{ tone: 'bad', icon: 'clock', words: 'too old' },
    advice:
      'It was signed more than five minutes before it came: somebody may have recorded it and sent it again.',
  },
  TOO_NEW: {
    ...{ tone: 'bad', icon: 'clock', words: 'from the future' },
    advice: 'It was signed for a time more than five minutes ahead: one of the two clocks is wrong.',
  },
};
