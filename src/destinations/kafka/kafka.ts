import type { ICustomPartitioner, SASLOptions } from 'kafkajs';
import { z } from 'zod';
import { binaryCloudEvent } from '../binary-cloud-event';
import { makeClientPool, type Client } from '../client-pool';
import { oneOf, saslCredentials, type SaslCredentials } from '../credential-types';
import type { Destination, DestinationRequest } from '../destination';
import type { HttpDestinationOptions } from '../http/http';
import { blocked } from '../http/http-failure';
import type { UrlCheck } from '../parse-url';
import { dialled, timed } from '../timed';
import { boundLibrary } from './bound-library';
import { asBroker, makeGuardedSockets } from './guarded-sockets';
import { failureOfBroker } from './kafka-failure';
import { askAboutOneTopic } from './one-topic';

const DEFAULT_PORT = 9092;
const DIAL_TIMEOUT_MS = 10_000;
const FORM = 'kafka+tls://broker:9093/topic';
const PATH = /^\/[\w.-]{1,249}$/;

interface KafkaClient extends Client {
  /** Rejects with what the broker or the library says. */
  publish(topic: string, request: DestinationRequest): Promise<undefined>;
}

/** Kafka: an idempotent producer, done when all replicas in sync have it; the key is the ordering key. */
export function makeKafka(options: HttpDestinationOptions): Destination {
  const { policy } = options;
  const pool = makeClientPool((request) => open(options, request));
  const checkUrl = (url: string): UrlCheck => withTopic(policy.checkUrl(dialled(url)));
  return {
    schemes: ['kafka+tls:', 'kafka:'],
    form: FORM,
    checkUrl,
    checkResolved: async (url) => withTopic(await policy.checkResolved(dialled(url))),
    credentials: z.nullable(oneOf('sasl', [saslCredentials])),
    payload: (event, format) => (format === 'CLOUDEVENTS' ? binaryCloudEvent(event) : undefined),
    send(request) {
      const check = checkUrl(request.url);
      if (!check.ok) return Promise.resolve({ durationMs: 0, ...blocked(check.reason) });
      const topic = check.url.pathname.slice(1);
      return timed(
        request.timeoutMs,
        () => pool.use(request, (client) => client.publish(topic, request)),
        (error) => failureOfBroker(error, request.credentials as SaslCredentials | null),
      );
    },
    close: () => pool.close(),
  };
}

async function open(
  options: HttpDestinationOptions,
  { url, credentials }: DestinationRequest,
): Promise<KafkaClient> {
  const [{ Kafka, Partitioners, logLevel }, { default: scram }, { default: decoder }] = await Promise.all([
    import('kafkajs'),
    import('kafkajs/src/broker/saslAuthenticator/scram.js'),
    import('kafkajs/src/protocol/decoder.js'),
  ]);
  boundLibrary(scram.SCRAM, decoder.prototype);
  const { protocol, port, pathname } = new URL(url);
  const { hostname } = new URL(dialled(url));
  const kafka = new Kafka({
    clientId: 'warren',
    brokers: [asBroker(hostname, port || DEFAULT_PORT)],
    ...(credentials ? { sasl: signIn(credentials as SaslCredentials) } : {}),
    socketFactory: makeGuardedSockets(options, protocol === 'kafka+tls:'),
    connectionTimeout: DIAL_TIMEOUT_MS,
    // A leader that has moved is found by the second try; all else is the ladder's.
    retry: { retries: 2, initialRetryTime: 100 },
    logLevel: logLevel.NOTHING,
  });
  askAboutOneTopic(kafka, pathname.slice(1));
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: () => byKeyOrId(Partitioners.DefaultPartitioner()),
  });
  let isOpen = true;
  producer.on(producer.events.DISCONNECT, () => (isOpen = false));
  await producer.connect().catch(async (error: unknown) => {
    // It may have come half the way, with connections that nobody else closes.
    await producer.disconnect().catch(() => undefined);
    throw error;
  });
  return {
    isOpen: () => isOpen,
    close: () => producer.disconnect(),
    async publish(topic, { headers, body, orderingKey = null }) {
      const message = { key: orderingKey, value: body, headers: asKafkaHeaders(headers) };
      await producer.send({ topic, acks: -1, messages: [message] });
      return undefined;
    },
  };
}

const signIn = ({ mechanism, username, password }: SaslCredentials): SASLOptions => ({
  mechanism,
  username,
  password,
});

type Partitioner = ReturnType<ICustomPartitioner>;

/** Without a key the library would take another partition when it tries again, where nobody knows the first message. */
const byKeyOrId =
  (partitioner: Partitioner): Partitioner =>
  ({ message, ...where }) =>
    partitioner({
      ...where,
      message: { ...message, key: message.key ?? String(message.headers?.['webhook-id']) },
    });

/** The Kafka binding of CloudEvents has `ce_` where that of HTTP has `ce-`. */
const asKafkaHeaders = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(/^ce-/, 'ce_'), value]));

function withTopic(check: UrlCheck): UrlCheck {
  if (!check.ok || (check.url.search === '' && PATH.test(check.url.pathname))) return check;
  return { ok: false, code: 'INVALID', reason: `a Kafka URL has the form ${FORM}` };
}
