import { STATUS_CODES } from 'node:http';
import type { AttemptError } from '../../domain/delivery/outcome';
import { BlockedAddressError } from '../outbound-policy';

/** What a failed request was, in Warren's words. */
export interface Failure {
  error: AttemptError;
  /** One sentence for people. Names no path, query or header: those may hold a receiver's token. */
  errorDetail: string;
}

const REFUSED_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);
const RESET_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);
const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
const DNS_CODE = /^(ENOTFOUND|ENODATA|EAI_\w+)$/;
/** OpenSSL's verification codes (X509_V_ERR_*, as Node spells them) and Node's own. */
const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|HOSTNAME_|EPROTO)/;

const TLS_SENTENCES: Record<string, string> = {
  CERT_HAS_EXPIRED: "The receiver's certificate has expired.",
  CERT_NOT_YET_VALID: "The receiver's certificate is not valid yet.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The receiver's certificate is self-signed.",
  SELF_SIGNED_CERT_IN_CHAIN: "The receiver's certificate comes from an unknown authority.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The receiver does not send its whole certificate chain, or an unknown authority signed it.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "The receiver's certificate comes from an unknown authority.",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'The receiver asks for a client certificate.',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'The receiver does not know who issued the client certificate.',
  ERR_TLS_CERT_ALTNAME_INVALID: "The receiver's certificate is for another host name.",
};

/** Translates what undici, the socket, TLS or DNS threw. Total: what nobody foresaw counts as a lost connection. */
export function failureOf(thrown: Error): Failure {
  if (thrown instanceof BlockedAddressError) return blocked(thrown.message);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  if (REFUSED_CODES.has(code)) {
    return { error: 'CONNECTION_REFUSED', errorDetail: `The receiver could not be reached (${code}).` };
  }
  if (TIMEOUT_CODES.has(code)) return timedOutConnecting();
  if (DNS_CODE.test(code))
    return { error: 'DNS', errorDetail: `The host name could not be looked up (${code}).` };
  if (TLS_CODE.test(code) || thrown.message.includes('before secure TLS connection')) {
    return { error: 'TLS', errorDetail: TLS_SENTENCES[code] ?? `The TLS handshake failed (${code}).` };
  }
  if (RESET_CODES.has(code)) return reset();
  // The parser's error carries no code.
  if (thrown.name === 'HTTPParserError') return notHttp(thrown.message);
  return code.startsWith('UND_ERR_') ? failureOfExchange(code, thrown.message) : reset(code);
}

function failureOfExchange(code: string, message: string): Failure {
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return badResponse('The headers of the answer are too large.');
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return badResponse('The answer is shorter or longer than its content-length says.');
  }
  // undici takes neither an upgrade nor "100 Continue" that it did not ask for.
  if (message === 'bad response' || message === 'bad upgrade') {
    return badResponse('The receiver sent an answer that the request did not ask for.');
  }
  // "The request could not be made" is the fault of what Warren was told to send, not of the receiver.
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return { error: 'PAYLOAD', errorDetail: `The request could not be made: ${message}.` };
  }
  return reset();
}

export function blocked(reason: string): Failure {
  return { error: 'BLOCKED_ADDRESS', errorDetail: `Not sent: ${reason}.` };
}

export function badResponse(errorDetail: string): Failure {
  return { error: 'BAD_RESPONSE', errorDetail };
}

export function unsendable(header: string): Failure {
  return {
    error: 'PAYLOAD',
    errorDetail: `The request could not be made: header ${header.slice(0, 100)} cannot be sent.`,
  };
}

export function timedOutConnecting(): Failure {
  return { error: 'TIMEOUT', errorDetail: 'The receiver did not accept the connection in time.' };
}

/** @param status of the answer, 0 before it came, undefined while there was no connection */
export function timedOut(timeoutMs: number, status: number | undefined): Failure {
  const missing =
    status === undefined ? 'accepted the connection' : status === 0 ? 'answered' : 'finished its answer';
  return { error: 'TIMEOUT', errorDetail: `The receiver had not ${missing} after ${timeoutMs} ms.` };
}

/** For every status that is not 2xx. */
export function unsuccessful(status: number): Failure {
  const answered = `The receiver answered ${status} ${STATUS_CODES[status] ?? ''}`.trim();
  const isRedirect = status >= 300 && status < 400 && status !== 304;
  return {
    error: `HTTP_${status}`,
    errorDetail: isRedirect ? `${answered}; redirects are not followed.` : `${answered}.`,
  };
}

/** The parser says in brackets what it missed; that text is its own, not the receiver's. */
function notHttp(message: string): Failure {
  const missed = /\(.*\)$/.exec(message)?.[0] ?? '';
  return badResponse(`The answer is not HTTP/1.1 ${missed}`.trim() + '.');
}

function reset(code = ''): Failure {
  const how = code ? ` (${code})` : '';
  return {
    error: 'CONNECTION_RESET',
    errorDetail: `The receiver closed the connection before its answer was complete${how}.`,
  };
}
