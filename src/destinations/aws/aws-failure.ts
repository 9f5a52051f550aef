import type { Answer, AttemptError } from '../../domain/delivery/outcome';
import type { AwsCredentials } from '../credential-types';
import { badResponse } from '../http/http-failure';
import { withoutSecrets } from '../without-secrets';
import { NoAnswerError } from './aws-transport';

/** AWS says no time. A few seconds are enough for most of its limits, which count by the second. */
const THROTTLE_SECONDS = 5;

/** The families of its error codes; each service has spellings of its own. */
const CODES: [RegExp, AttemptError][] = [
  [/Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ServiceUnavailable/i, 'THROTTLED'],
  [/QueueDoesNotExist|NonExistentQueue|NotFound|QueueDeletedRecently/, 'UNROUTABLE'],
  [
    /AccessDenied|Auth|InvalidClientTokenId|UnrecognizedClient|Signature|ExpiredToken|InvalidAccessKeyId|OptInRequired|InvalidSecurity/i,
    'AUTH',
  ],
];

/** What the SDK threw, or an entry of a batch that AWS did not take. */
export function failureOfAws(error: Error, credentials: AwsCredentials): Omit<Answer, 'durationMs'> {
  if (error instanceof NoAnswerError) {
    const { durationMs: _, response: __, ...failure } = error.answer;
    return failure;
  }
  // The SDK marks what AWS said; all else is its own trouble with an answer.
  if (!('$fault' in error)) return badResponse('The answer is none that AWS gives.');
  return refusalOf(error.name, error.message, credentials);
}

export function refusalOf(
  code: string,
  message: string,
  credentials: AwsCredentials,
): Omit<Answer, 'durationMs'> {
  const error = CODES.find(([pattern]) => pattern.test(code))?.[1] ?? 'REFUSED';
  const errorDetail = `AWS said: ${withoutSecrets(`${code}: ${message}`, keysOf(credentials)).slice(0, 300)}`;
  return error === 'THROTTLED'
    ? { error, errorDetail, retryAfterSeconds: THROTTLE_SECONDS }
    : { error, errorDetail };
}

/** A signature that does not fit is answered with all that was signed. */
const keysOf = ({ accessKeyId, secretAccessKey, sessionToken = '' }: AwsCredentials): string[] => [
  accessKeyId,
  secretAccessKey,
  sessionToken,
];
