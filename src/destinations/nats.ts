import { isIP } from 'node:net';
import { isNativeError } from 'node:util/types';
import { z } from 'zod';
import type { Client } from './client-pool';
import { makeClientPool } from './client-pool';
import {
  basicCredentials,
  bearerCredentials,
  oneOf,
  type BasicCredentials,
  type BearerCredentials,
} from './credential-types';
import type { Destination, DestinationRequest } from './destination';
import type { HttpDestinationOptions } from './http/http';
import type { Failure } from './http/http-failure';
import { blocked, failureOf } from './http/http-failure';
import { guardTransport, transportOf } from './nats-transport';
import type { OutboundPolicy } from './outbound-policy';
import type { UrlCheck } from './parse-url';
import { dialled, timed } from './timed';
import { withoutSecrets } from './without-secrets';

const DEFAULT_PORT = 4222;
const DIAL_TIMEOUT_MS = 10_000;
const FORM = 'nats+tls://host/subject';
/** NATS subjects, without wildcards. */
const SUBJECT = /^[^\s.*>/]+(\.[^\s.*>/]+)*$/;

type NatsCredentials = BasicCredentials | BearerCredentials | null;

interface NatsClient extends Client {
  /** Rejects with what the server or the library says. */
  publish(subject: string, request: DestinationRequest): Promise<undefined>;
}

/** NATS JetStream: done when a stream has acknowledged. The delivery's id is the message's, so a stream takes it once. */
export function makeNats({ policy, certificateAuthorities }: HttpDestinationOptions): Destination {
  const pool = makeClientPool((request) => open(policy, request, certificateAuthorities));
  return {
    schemes: ['nats+tls:', 'nats:'],
    form: FORM,
    checkUrl: (url) => withSubject(policy.checkUrl(dialled(url))),
    checkResolved: async (url) => withSubject(await policy.checkResolved(dialled(url))),
    credentials: z.nullable(oneOf('basic or bearer', [basicCredentials, bearerCredentials])),
    send(request) {
      const check = withSubject(policy.checkUrl(dialled(request.url)));
      if (!check.ok) return Promise.resolve({ durationMs: 0, ...blocked(check.reason) });
      const subject = subjectOf(check.url) || (request.headers['warren-event-type'] ?? '');
      return timed(
        request.timeoutMs,
        () => pool.use(request, (client) => client.publish(subject, request)),
        (error) => failureOfServer(error, request.credentials as NatsCredentials),
      );
    },
    close: () => pool.close(),
  };
}

async function open(
  policy: OutboundPolicy,
  { url, credentials }: DestinationRequest,
  certificateAuthorities: readonly string[] | undefined,
): Promise<NatsClient> {
  const [core, { jetstream }, { NodeTransport }] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/jetstream'),
    import('@nats-io/transport-node/lib/node_transport.js'),
  ]);
  const { hostname } = new URL(dialled(url));
  const { protocol, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  // The library looks names up by itself, so it gets the address that the policy has allowed.
  const [answer] = await policy.resolve(host);
  if (!answer) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
  const address = answer.family === 6 ? `[${answer.address}]` : answer.address;
  const ca = certificateAuthorities ? { ca: certificateAuthorities.join('\n') } : {};
  const Transport = guardTransport(NodeTransport);
  core.setTransportFactory({ factory: () => new Transport() });
  const connection = await core.NatsConnectionImpl.connect({
    servers: `${address}:${port || DEFAULT_PORT}`,
    name: 'warren',
    timeout: DIAL_TIMEOUT_MS,
    // A server names others to go to; nobody has checked those.
    ignoreClusterUpdates: true,
    reconnect: false,
    // Beyond its own options the library hands these on to Node, which checks the certificate against the name.
    tls:
      protocol === 'nats+tls:'
        ? ({ ...(isIP(host) === 0 ? { servername: host } : {}), host, ...ca } as object)
        : null,
    ...signIn(credentials as NatsCredentials),
  });
  const stream = jetstream(connection);
  let isLate = false;
  return {
    isOpen: () => !isLate && !connection.isClosed(),
    close: () => connection.close(),
    async publish(subject, { headers, body, timeoutMs }) {
      const sent = core.headers();
      for (const [name, value] of Object.entries(headers)) sent.set(name, value);
      transportOf(connection).expectAnswer(body.length);
      await stream
        .publish(subject, body, {
          headers: sent,
          msgID: headers['webhook-id'] ?? '',
          timeout: timeoutMs,
          retries: 1,
        })
        .catch((error: unknown) => {
          // What a server has not read stays in memory for as long as the connection is open: the next message gets
          // another one.
          if (isNativeError(error) && error.name === 'TimeoutError') isLate = true;
          throw error;
        });
      return undefined;
    },
  };
}

function signIn(credentials: NatsCredentials): { user?: string; pass?: string; token?: string } {
  if (!credentials) return {};
  if (credentials.type === 'bearer') return { token: credentials.token };
  return { user: credentials.username, pass: credentials.password };
}

/** The path; none means the event's type. */
const subjectOf = (url: URL): string => decodeURIComponent(url.pathname.slice(1));

function withSubject(check: UrlCheck): UrlCheck {
  if (!check.ok || (check.url.search === '' && isSubject(check.url.pathname.slice(1)))) return check;
  return {
    ok: false,
    code: 'INVALID',
    reason: `a NATS URL has the form ${FORM}; a subject has no wildcards`,
  };
}

function isSubject(path: string): boolean {
  try {
    const subject = decodeURIComponent(path);
    return subject === '' || (subject.length <= 255 && SUBJECT.test(subject) && !subject.startsWith('$'));
  } catch {
    return false;
  }
}

function failureOfServer(error: Error, credentials: NatsCredentials): Failure {
  const fault = [error.cause, error].find(hasCode);
  if (fault) return failureOf(fault);
  // How the library trips over a server that insists on TLS when the URL does not.
  if (error.message.includes("'certFile'")) {
    return { error: 'TLS', errorDetail: 'The server asks for TLS: the URL must begin with nats+tls://.' };
  }
  const secret = credentials?.type === 'bearer' ? credentials.token : credentials?.password;
  const said = withoutSecrets(error.message, secret ? [secret] : []).slice(0, 300);
  return { error: codeOf(error), errorDetail: `The server said: ${said || error.name}` };
}

/** A fault of the network, the name service or the outbound policy. */
const hasCode = (error: unknown): error is Error =>
  isNativeError(error) && 'code' in error && typeof error.code === 'string';

function codeOf({ name }: Error): Failure['error'] {
  switch (name) {
    case 'AuthorizationError':
    case 'UserAuthenticationExpiredError':
    case 'PermissionViolationError':
      return 'AUTH';
    case 'NoRespondersError':
    case 'JetStreamNotEnabled':
    case 'StreamNotFoundError':
      return 'UNROUTABLE';
    case 'TimeoutError':
      return 'TIMEOUT';
    case 'ConnectionError':
    case 'ClosedConnectionError':
      return 'CONNECTION_RESET';
    default:
      return 'REFUSED';
  }
}
