import type { ChannelModel, Message, Options } from 'amqplib';
import type { Socket } from 'node:net';
import { withDeadline } from '../runtime/with-deadline';
import { boundAnswers } from './bound-answers';
import type { Client } from './client-pool';
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
const CLOSE_MS = 2000;
const BLOCKED_SECONDS = 30;
/** Of a server that asks for larger ones, none. */
const FRAMES = { frameMax: 131_072, maxFrameSize: 131_072 };
const FORM = 'amqps://host/vhost/exchange?routingKey=…';

interface AmqpTarget {
  /** Null: the event's type. */
  routingKey: string | null;
  vhost: string;
  exchange: string;
}

interface AmqpClient extends Client {
  publish(target: AmqpTarget, request: DestinationRequest): Promise<Failure | Throttle | undefined>;
}

interface Pending {
  resolve: (failure?: Failure | Throttle) => void;
  reject: (error: Error) => void;
}

interface Throttle {
  error: 'THROTTLED';
  errorDetail: string;
  retryAfterSeconds: number;
}

/** AMQP 0-9-1: persistent, mandatory, done when the broker has confirmed that a queue has it. */
export function makeAmqp({ policy, certificateAuthorities }: HttpDestinationOptions): Destination {
  const pool = makeClientPool(open);
  const checkUrl = (url: string): UrlCheck => withForm(policy.checkUrl(dialled(url), PORTS));

  async function open({ url, credentials }: DestinationRequest): Promise<AmqpClient> {
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

async function makeAmqpClient(model: ChannelModel): Promise<AmqpClient> {
  /** By a number of our own: one delivery may be sent again while its first message still waits for its confirm. */
  const pending = new Map<string, Pending>();
  let sent = 0;
  let isOpen = true;
  let blockedBecause: string | undefined;

  function fail(error: Error): void {
    isOpen = false;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  }
  const lost = () => fail(Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' }));
  const settle = (id: string, failure?: Failure): void => {
    pending.get(id)?.resolve(failure);
    pending.delete(id);
  };

  model.on('error', fail);
  model.on('close', lost);
  model.on('blocked', (reason: string) => {
    blockedBecause = reason;
    // It reads nothing until the alarm is over, so what it has not confirmed by now would only time out. It may still
    // take it then: the message that is sent again has the same id.
    for (const { resolve } of pending.values()) resolve(throttled(reason));
    pending.clear();
  });
  model.on('unblocked', () => (blockedBecause = undefined));
  const channel = await model.createConfirmChannel();
  channel.on('error', fail);
  channel.on('close', lost);
  // The broker returns a message before it confirms it.
  channel.on('return', ({ properties, fields }: Message) =>
    settle(String(properties.correlationId), {
      error: 'UNROUTABLE',
      errorDetail: `No queue is bound to take it (${String((fields as { replyText?: unknown }).replyText)}).`,
    }),
  );

  return {
    isOpen: () => isOpen,
    close: () => closeInTime(model),
    publish({ exchange, routingKey }, { headers, body }) {
      if (blockedBecause !== undefined) return Promise.resolve(throttled(blockedBecause));
      const { 'content-type': contentType = '', 'webhook-id': messageId = '', ...rest } = headers;
      const type = headers['warren-event-type'] ?? '';
      return new Promise((resolve, reject) => {
        const correlationId = String(++sent);
        pending.set(correlationId, { resolve, reject });
        const properties = { contentType, messageId, correlationId, type, persistent: true, mandatory: true };
        channel.publish(
          exchange,
          routingKey ?? type,
          body,
          {
            ...properties,
            timestamp: Number(headers['webhook-timestamp']),
            headers: { ...rest, 'webhook-id': messageId },
          },
          (error: unknown) =>
            settle(
              correlationId,
              error
                ? { error: 'REFUSED', errorDetail: 'The broker took no charge of the message.' }
                : undefined,
            ),
        );
      });
    },
  };
}

/** Closing waits for the broker's answer, which one that is gone never gives. */
async function closeInTime(model: ChannelModel): Promise<void> {
  await withDeadline(
    Promise.resolve().then(() => model.close()),
    CLOSE_MS,
  ).catch(() => undefined);
  socketOf(model).destroy();
}

/** The library has its socket here, though its types do not say so. */
const socketOf = (model: ChannelModel): Socket => (model.connection as unknown as { stream: Socket }).stream;

const throttled = (reason: string): Throttle => ({
  error: 'THROTTLED',
  errorDetail: `The broker takes no messages for now: ${reason.slice(0, 200)}.`,
  retryAfterSeconds: BLOCKED_SECONDS,
});

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
