import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { LRUCache } from 'lru-cache';
import { Agent, buildConnector } from 'undici';
import type { Answer } from '../../domain/delivery/outcome';
import { HEADER_NAME, HEADER_VALUE, rememberedByName } from '../../domain/request/request-headers';
import type { Exchange } from './http-exchange';
import { makeExchange } from './http-exchange';
import { blocked, unsendable } from './http-failure';
import type { OutboundPolicy } from '../outbound-policy';
import type { UrlCheck } from '../parse-url';
import { BlockedAddressError } from '../outbound-policy';

export interface HttpRequest {
  url: string;
  /** Names in lower case. `user-agent` and `accept-encoding` are the destination's own and win. */
  headers: Record<string, string>;
  /** The exact bytes that were signed. */
  body: Buffer;
  /** From the call to the last byte of the answer: name, connection, TLS, headers and body. */
  timeoutMs: number;
}

export interface HttpDestination {
  /**
   * One POST, never repeated, never redirected. Every way in which a receiver can fail is an answer with an error;
   * an answer that is not 2xx has HTTP_<status>, and one that breaks off has what arrived. Rejects only after `close`.
   */
  send(request: HttpRequest): Promise<Answer>;
  /** Waits for the requests under way, then closes every connection. */
  close(): Promise<void>;
}

export interface HttpDestinationOptions {
  policy: OutboundPolicy;
  userAgent: string;
  /** How much of an answer's body is kept. What is longer is cut off there, with the connection. */
  maxResponseBytes?: number;
  maxResponseHeaderBytes?: number;
  /** PEM certificates to trust in place of the runtime's list. */
  certificateAuthorities?: readonly string[];
  /** PEM, shown to receivers that ask who is calling. */
  clientCertificate?: { certificate: string; privateKey: string };
}

/**
 * undici repeats no POST, so a receiver that closes an idle connection just as a request goes out costs an attempt.
 * undici looks for such a close before it uses a connection again; what is left is the time on the wire. So a
 * connection is given up before its receiver would: 1 s before the `keep-alive: timeout=` that it announced, or, when
 * it announced none, after 1.5 s, below the 2 s of the shortest default in use (gunicorn). Busy connections stay.
 */
const KEEP_ALIVE = {
  keepAliveTimeout: 1500,
  keepAliveTimeoutThreshold: 1000,
  keepAliveMaxTimeout: 60_000,
} as const;

/** A connection ends after so many requests, so that a receiver that moved in DNS is followed even when it is busy. */
const REQUESTS_PER_CONNECTION = 1000;

/** Only for a connection that no request waits for any more; those that wait end with their request. */
const CONNECT_TIMEOUT_MS = 10_000;

/** What undici or the connection sets. A caller's own would forge the host or split the request. */
const CONNECTION_HEADER =
  /^(connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** POSTs over HTTP/1.1 with pooled connections. Takes nothing from the environment: no proxy, no relaxed TLS. */
export function makeHttpDestination(options: HttpDestinationOptions): HttpDestination {
  const { policy, maxResponseBytes = 16_384, maxResponseHeaderBytes = 16_384 } = options;
  let dialling: Exchange | undefined;
  const agent = new Agent({
    ...KEEP_ALIVE,
    connect: makeGuardedConnector(options, (socket) => dialling?.onDial(socket)),
    connections: null,
    pipelining: 1,
    maxRequestsPerClient: REQUESTS_PER_CONNECTION,
    maxHeaderSize: maxResponseHeaderBytes,
    // One deadline over everything instead: a per-chunk timeout never ends a receiver that sends a byte a second.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  // Compressed answers would have to be unpacked, without a bound, to be of use on the record.
  const ownHeaders = ['user-agent', options.userAgent, 'accept-encoding', 'identity'];
  const checked = new LRUCache<string, UrlCheck>({ max: 10_000 });

  function check(url: string): UrlCheck {
    const known = checked.get(url);
    if (known) return known;
    const result = policy.checkUrl(url);
    checked.set(url, result);
    return result;
  }

  function send({ url, headers, body, timeoutMs }: HttpRequest): Promise<Answer> {
    const target = check(url);
    if (!target.ok) return Promise.resolve({ durationMs: 0, ...blocked(target.reason) });
    const { origin, pathname, search } = target.url;
    const allHeaders = [...ownHeaders];
    for (const name in headers) {
      const value = headers[name] ?? '';
      // Checked here although undici does: each request that it refuses leaves a client behind in its pool (7.30).
      if (!isSendable(name, value)) return Promise.resolve({ durationMs: 0, ...unsendable(name) });
      if (!ownHeaders.includes(name)) allHeaders.push(name, value);
    }
    return new Promise((resolve, reject) => {
      const exchange = makeExchange({ timeoutMs, maxResponseBytes, resolve, reject });
      // undici dials within dispatch when it needs a connection: that one is the exchange's to destroy.
      dialling = exchange;
      agent.dispatch(
        { origin, path: pathname + search, method: 'POST', headers: allHeaders, body },
        exchange,
      );
      dialling = undefined;
    });
  }

  return { send, close: () => agent.close() };
}

/**
 * Guards what the URL's text cannot tell: the policy's `lookup` judges every answer for a name, the literal check
 * covers addresses (which never reach `lookup`), and the peer of the open connection must be allowed as well.
 */
function makeGuardedConnector(
  { policy, certificateAuthorities, clientCertificate }: HttpDestinationOptions,
  onDial: (socket: Socket) => void,
): buildConnector.connector {
  const dial = buildConnector({
    lookup: policy.lookup,
    timeout: CONNECT_TIMEOUT_MS,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    maxCachedSessions: 1000,
    ...(certificateAuthorities ? { ca: [...certificateAuthorities] } : {}),
    ...(clientCertificate ? { cert: clientCertificate.certificate, key: clientCertificate.privateKey } : {}),
    // undici returns the socket that it opens, though its types do not say so.
  }) as (...args: Parameters<buildConnector.connector>) => Socket;

  return (target, callback) => {
    if (isIP(target.hostname) !== 0 && !policy.isAllowedAddress(target.hostname)) {
      queueMicrotask(() => callback(new BlockedAddressError(), null));
      return;
    }
    const socket = dial(target, (...[error, connected]) => {
      const fault = error ?? faultOfPeer(connected.remoteAddress, policy);
      if (!fault) callback(null, socket);
      else {
        socket.destroy();
        callback(fault, null);
      }
    });
    onDial(socket);
  };
}

function faultOfPeer(remoteAddress: string | undefined, policy: OutboundPolicy): Error | undefined {
  if (remoteAddress === undefined) return Object.assign(new Error('closed at once'), { code: 'ECONNRESET' });
  return policy.isAllowedAddress(remoteAddress) ? undefined : new BlockedAddressError();
}

const isSendable = (name: string, value: string): boolean => isSendableName(name) && HEADER_VALUE.test(value);

const isSendableName = rememberedByName((name) => HEADER_NAME.test(name) && !CONNECTION_HEADER.test(name));
