import type { SaslCredentials } from '../credential-types';
import { badResponse, failureOf, timedOutConnecting, type Failure } from '../http/http-failure';
import { BlockedAddressError } from '../outbound-policy';
import { withoutSecrets } from '../without-secrets';

/** What the library threw, which has several layers: what it tried, and what went wrong. */
export function failureOfBroker(thrown: Error, credentials: SaslCredentials | null): Failure {
  const error = rootOf(thrown);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === 'BLOCKED_ADDRESS') return failureOf(new BlockedAddressError());
  if (code === 'EPROTO_KAFKA') return badResponse('What came back is not an answer of Kafka.');
  if (code !== undefined) return failureOf(error);
  if (error.message === 'Connection timeout') return timedOutConnecting();
  if (error.name === 'KafkaJSConnectionError') return failureOf(error);
  const said = withoutSecrets(error.message, credentials ? [credentials.password] : []).slice(0, 300);
  return { error: codeOf(error), errorDetail: `The broker said: ${said}` };
}

function rootOf(error: Error): Error {
  const { originalError, cause } = error as { originalError?: unknown; cause?: unknown };
  const inner = originalError ?? cause;
  return inner instanceof Error && inner !== error ? rootOf(inner) : error;
}

/** By what Kafka calls it, where it was a broker that said so. */
function codeOf(error: Error & { type?: string }): Failure['error'] {
  if (error.name.includes('SASL')) return 'AUTH';
  switch (error.type) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'INVALID_TOPIC_EXCEPTION':
      return 'UNROUTABLE';
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'CLUSTER_AUTHORIZATION_FAILED':
    case 'SASL_AUTHENTICATION_FAILED':
      return 'AUTH';
    case 'REQUEST_TIMED_OUT':
      return 'TIMEOUT';
    default:
      return error.name === 'KafkaJSRequestTimeoutError' ? 'TIMEOUT' : 'REFUSED';
  }
}
