import { setTimeout as sleep } from 'node:timers/promises';
import { followStream } from '../../api/client/follow-stream';
import { makeSigner } from '../../domain/request/signature';
import type { GraphqlCaller } from '../call-graphql';
import { coloursFor, type Colours } from '../colours';
import { stopOnSignals } from '../stop-on-signals';
import { deliverLocally, type LocalAnswer } from './deliver-locally';
import { printable, timeOfDay } from './delivery-line';
import { findDeployment, type RemoteOptions } from './deployment';
import { keyRefused, speakTo } from './speak-to';
import {
  TUNNEL_REQUEST,
  answerTunnel,
  closeTunnel,
  openTunnel,
  recordedRequest,
  type OpenedTunnel,
  type TunnelRequest,
} from './tunnel-calls';

export interface ListenOptions extends RemoteOptions {
  /** Event types or topic patterns. */
  events: string[];
  /** Deliveries of the past to be sent here first. */
  replay: string[];
  secret?: string;
  print?: boolean;
}

/** A request that was made here, and what came of it. */
interface Made {
  headers: Record<string, string>;
  body: Buffer;
  answer: LocalAnswer;
}

const ANSWER_TRIES = 3;
const ANSWER_PAUSE_MS = 500;
const REPLAY_TIMEOUT_MS = 30_000;

/** Brings deliveries to this machine until it is stopped, and tells Warren what was answered. */
export async function listen(target: string, options: ListenOptions): Promise<void> {
  const url = localUrl(target);
  const deployment = findDeployment(options, process.env);
  const api = speakTo(deployment, new AbortController().signal);
  const events = options.events.length > 0 ? options.events : ['#'];
  const { secret } = options;
  const tunnel = await openTunnel(api, { eventTypes: events, ...(secret === undefined ? {} : { secret }) });
  const stop = new AbortController();
  const tell = teller(options, coloursFor(process.stdout, process.env));
  process.stdout.on('error', () => stop.abort());
  process.stderr.write(
    `${events.join(', ')} → ${url.href}\n` +
      (tunnel.secret === null ? '' : `secret ${tunnel.secret}\n`) +
      'Ctrl-C ends\n',
  );

  const following = followStream<{ tunnelRequest: TunnelRequest }>({
    ...deployment,
    query: TUNNEL_REQUEST,
    variables: () => ({ id: tunnel.id }),
    signal: stop.signal,
    onData({ tunnelRequest: request }) {
      void take(api, tunnel, url, request).then(tell);
    },
    onLost: (reason) =>
      process.stderr.write(`no stream from ${deployment.graphqlUrl} (${reason}); trying again\n`),
  });
  stopOnSignals(async () => {
    stop.abort();
    await following;
    await closeTunnel(api, tunnel.id);
  });
  try {
    for (const id of options.replay) tell(await replayHere(api, tunnel, url, id));
  } catch (error) {
    stop.abort();
    await closeTunnel(api, tunnel.id);
    throw error;
  }
  const refusal = await following;
  if (refusal) throw refusal.code === 'UNAUTHENTICATED' ? keyRefused() : new Error(refusal.reason);
  // Who read the output has gone.
  if (process.stdout.errored) await closeTunnel(api, tunnel.id);
}

export function localUrl(text: string): URL {
  // As people write it; for a URL that would be the scheme `localhost`.
  const whole = /^[\w.-]+:\d/.test(text) ? `http://${text}` : text;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`"${text}" is no address: give one such as http://localhost:3000/hook`);
  return url;
}

async function take(
  api: GraphqlCaller,
  tunnel: OpenedTunnel,
  url: URL,
  { id, headers, bodyBase64, timeoutMs }: TunnelRequest,
): Promise<Made> {
  const body = Buffer.from(bodyBase64, 'base64');
  const answer = await deliverLocally({ url, headers, body, timeoutMs });
  await answerAgain(() => answerTunnel(api, tunnel.id, id, answer));
  return { headers, body, answer };
}

/** What cannot be told is a TIMEOUT there, and comes again with the same webhook-id. */
async function answerAgain(tell: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt <= ANSWER_TRIES; attempt++) {
    try {
      await tell();
      return;
    } catch (error) {
      if (attempt === ANSWER_TRIES)
        process.stderr.write(`an answer was not told: ${error instanceof Error ? error.message : ''}\n`);
      else await sleep(ANSWER_PAUSE_MS);
    }
  }
}

/** The request as it is on record, signed anew: its own signature is too old by now, and by another secret. */
async function replayHere(
  api: GraphqlCaller,
  { secret }: OpenedTunnel,
  url: URL,
  deliveryId: string,
): Promise<Made> {
  const { headers, body } = await recordedRequest(api, deliveryId);
  const seconds = Math.floor(Date.now() / 1000);
  const signed = {
    ...headers,
    'webhook-timestamp': String(seconds),
    ...(secret === null ? {} : { 'webhook-signature': makeSigner([secret])(deliveryId, seconds, body) }),
  };
  const answer = await deliverLocally({ url, headers: signed, body, timeoutMs: REPLAY_TIMEOUT_MS });
  return { headers: signed, body, answer };
}

/** Writes one line for each request; with `print`, the request too. */
function teller({ json = false, print = false }: ListenOptions, colours: Colours) {
  return ({ headers, body, answer }: Made): void => {
    const { durationMs, response, failure = null } = answer;
    const type = headers['warren-event-type'] ?? '';
    const deliveryId = headers['webhook-id'] ?? '';
    const status = response?.status ?? null;
    const at = new Date().toISOString();
    if (json) {
      const request = print ? { headers, body: body.toString('utf8') } : {};
      const attempt = Number(headers['warren-attempt'] ?? 0);
      const line = { at, method: 'POST', type, deliveryId, attempt, status, failure, durationMs, ...request };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const isGood = status !== null && status >= 200 && status < 300;
    const result = (isGood ? colours.green : colours.red)(String(status ?? failure));
    const parts = [colours.dim(timeOfDay(at)), 'POST', printable(type), result, `${durationMs} ms`];
    process.stdout.write(`${[...parts, colours.dim(deliveryId)].join('  ')}\n`);
    if (print) process.stdout.write(printed(headers, body));
  };
}

function printed(headers: Record<string, string>, body: Buffer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return ['', ...lines, '', ...body.toString('utf8').split('\n'), '']
    .map((line) => (line === '' ? '\n' : `    ${printable(line)}\n`))
    .join('');
}
