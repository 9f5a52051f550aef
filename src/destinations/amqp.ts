import type { Options } from 'amqplib';
import { DeadlineError, withDeadline } from '../runtime/with-deadline';
import { closeInTime, makeAmqpClient, socketOf, type AmqpClient, type AmqpTarget } from './amqp-client';
import { boundAnswers } from './bound-answers';
import { makeClientPool } from './client-pool';
import { basicCredentials, oneOf, type BasicCredentials } from './credential-types';
import type { Destination, DestinationRequest } from './destination';
import type { HttpDestinationOptions } from './http/http';
import type { Failure } from './http/http-failure';
import { blocked, failureOf } from './http/http-failure';
import { BlockedAddressError } from './outbound-policy';
import type { UrlCheck } from './parse-url';
import { dialled, timed } from './timed';
import { withoutSecrets } from './without-secrets';

const PORTS = [5671, 5672];
const DIAL_TIMEOUT_MS = 10_000;
const HEARTBEAT_SECONDS = 30;
/** Of a server that asks for larger ones, none. */
const FRAMES = { frameMax: 131_072, maxFrameSize: 131_072 };
const FORM = 'amqps://host/vhost/exchange?routingKey=…';

/** AMQP 0-9-1: persistent, mandatory, done when the broker has confirmed that a queue has it. */
export function makeAmqp({ policy, certificateAuthorities }: HttpDestinationOptions): Destination {
  const pool = makeClientPool(open);
  const checkUrl = (url: string): UrlCheck => withForm(policy.checkUrl(dialled(url), PORTS));

  /** The library's own timeout begins anew with each byte that comes, so there is one over all of it. */
  async function open(request: DestinationRequest): Promise<AmqpClient> {
    const dialling = new AbortController();
    try {
      return await withDeadline(dial(request, dialling.signal), DIAL_TIMEOUT_MS);
    } catch (error) {
      dialling.abort();
      if (!(error instanceof DeadlineError)) throw error;
      throw Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });
    }
  }

  async function dial({ url, credentials }: DestinationRequest, signal: AbortSignal): Promise<AmqpClient> {
    const { connect } = await import('amqplib');
    const { username, password } = credentials as BasicCredentials;
    const { protocol, hostname, port } = hostOf(url, checkUrl(url));
    const model = await connect(
      {
        ...{ protocol, hostname, username, password, heartbeat: HEARTBEAT_SECONDS },
        ...(port === '' ? {} : { port: Number(port) }),
        ...FRAMES,
        vhost: readTarget(url).vhost,
      } satisfies Options.Connect,
      {
        lookup: policy.lookup,
        ...{ signal },
        noDelay: true,
        timeout: DIAL_TIMEOUT_MS,
        minVersion: 'TLSv1.2',
        clientProperties: { connection_name: 'warren' },
        ...(certificateAuthorities ? { ca: [...certificateAuthorities] } : {}),
      },
    );
    const peer = socketOf(model).remoteAddress;
    if (peer !== undefined && !policy.isAllowedAddress(peer)) {
      await closeInTime(model);
      throw new BlockedAddressError();
    }
    boundAnswers(socketOf(model), 'readable');
    return makeAmqpClient(model);
  }

  return {
    schemes: ['amqps:', 'amqp:'],
    form: FORM,
    checkUrl,
    checkResolved: async (url) => withForm(await policy.checkResolved(dialled(url), PORTS)),
    credentials: oneOf('basic', [basicCredentials]),
    send(request) {
      const check = checkUrl(request.url);
      if (!check.ok) return Promise.resolve({ durationMs: 0, ...blocked(check.reason) });
      const target = readTarget(request.url);
      return timed(
        request.timeoutMs,
        () => pool.use(request, (client) => client.publish(target, request)),
        (error) => failureOfBroker(error, request.credentials as BasicCredentials),
      );
    },
    close: () => pool.close(),
  };
}

/** `/vhost/exchange`, each percent-encoded; an exchange of no name is the default one. */
function readTarget(url: string): AmqpTarget {
  const { pathname, searchParams } = new URL(dialled(url));
  const [, vhost = '', exchange = ''] = pathname.split('/');
  return { vhost, exchange: decodeURIComponent(exchange), routingKey: searchParams.get('routingKey') };
}

function withForm(check: UrlCheck): UrlCheck {
  if (!check.ok) return check;
  const { pathname, searchParams } = check.url;
  const parts = pathname.split('/');
  const isReadable = parts.length === 3 && parts[1] !== '' && parts.every(isDecodable);
  const others = [...searchParams.keys()].filter((name) => name !== 'routingKey');
  if (isReadable && others.length === 0) return check;
  return {
    ok: false,
    code: 'INVALID',
    reason: `an AMQP URL has the form ${FORM}; the vhost / is written %2F`,
  };
}

function isDecodable(part: string): boolean {
  try {
    return Buffer.byteLength(decodeURIComponent(part)) <= 255;
  } catch {
    return false;
  }
}

function hostOf(text: string, check: UrlCheck) {
  if (!check.ok) throw new BlockedAddressError();
  const { protocol, port } = new URL(text);
  return { protocol: protocol.slice(0, -1), port, hostname: check.url.hostname.replace(/^\[|\]$/g, '') };
}

/** What the broker says when it closes a channel or a connection: `403 (ACCESS-REFUSED) with message "…"`. */
function failureOfBroker(error: Error, { password }: BasicCredentials): Failure {
  // The library tells no more of a refusal at this step.
  if (error.message.includes('got <ConnectionClose')) {
    const errorDetail =
      'The broker refused the vhost: there is none of that name, or this user may not use it.';
    return { error: 'AUTH', errorDetail };
  }
  const said = /(\d{3}) \([A-Z-]+\)(?: with message "([^]*)")?/.exec(error.message);
  if (!said) return failureOf(error);
  const errorDetail = `The broker said: ${withoutSecrets(said[2] ?? said[0], [password]).slice(0, 300)}`;
  return { error: said[1] === '403' || said[1] === '530' ? 'AUTH' : 'REFUSED', errorDetail };
}
