import type { GraphqlCaller } from '../call-graphql';
import { coloursFor } from '../colours';
import { awaitDeliveries, whyNobody, type Awaited, type AwaitedDelivery } from './await-deliveries';
import { deliveryLine, printable } from './delivery-line';
import { findDeployment, type RemoteOptions } from './deployment';
import { dataGiven, exampleOf, publish, type Published } from './event-data';
import { speakTo } from './speak-to';
import { withoutGone } from '../../words/routing-words';

export interface TriggerOptions extends RemoteOptions {
  data?: string;
  typeVersion?: number;
  idempotencyKey?: string;
  orderingKey?: string;
  wait?: boolean;
  /** Seconds. */
  timeout: number;
}

/** Publishes one event. With `wait`, ends with 1 unless somebody got it and everybody who should. */
export async function trigger(type: string, options: TriggerOptions): Promise<void> {
  const deployment = findDeployment(options, process.env);
  const api = speakTo(deployment, new AbortController().signal);
  const { data, typeVersion: version, idempotencyKey, orderingKey } = options;
  const event =
    data === undefined ? await exampleOf(api, type, version) : { data: await dataGiven(data), version };
  const { tenant } = deployment;
  const published = await publish(api, { type, ...event, idempotencyKey, orderingKey, tenant });
  if (options.wait) await tellDeliveries(api, type, published, options);
  else process.stdout.write(options.json ? `${JSON.stringify(published)}\n` : idLine(published));
}

const idLine = ({ eventId, duplicate }: Published): string =>
  duplicate ? `${eventId}  (published before with this idempotency key)\n` : `${eventId}\n`;

async function tellDeliveries(
  api: GraphqlCaller,
  type: string,
  published: Published,
  { json, timeout }: TriggerOptions,
): Promise<void> {
  const colours = coloursFor(process.stdout, process.env);
  const say = (text: string): void => {
    if (!json) process.stdout.write(text);
  };
  say(idLine(published));
  const awaited = await awaitDeliveries(api, published.eventId, {
    timeoutMs: timeout * 1000,
    onChange: (delivery) => say(`${deliveryLine(lineOf(type, delivery), colours)}\n`),
  });
  const missing = await whatIsMissing(api, published.eventId, awaited, timeout);
  if (json) process.stdout.write(`${JSON.stringify({ ...published, ...awaited, ...reasonOf(missing) })}\n`);
  else process.stderr.write(missing);
  const { deliveries = [] } = awaited;
  if (deliveries.length === 0 || deliveries.some(({ status }) => status !== 'DELIVERED'))
    process.exitCode = 1;
}

const reasonOf = (missing: string): { reason?: string } =>
  missing === ''
    ? {}
    : {
        reason: missing
          .trim()
          .replace(/:\n\s*/, ': ')
          .replace(/\n\s*/g, '; '),
      };

const lineOf = (type: string, delivery: AwaitedDelivery): Parameters<typeof deliveryLine>[0] => ({
  ...{ at: delivery.updatedAt, status: delivery.status, type },
  ...{ endpoint: delivery.endpoint.name, heldBecause: delivery.heldBecause },
  attempt: delivery.attempts.at(-1) ?? null,
});

/** Empty when there is nothing more to say. */
async function whatIsMissing(
  api: GraphqlCaller,
  eventId: string,
  { deliveries, isFinal }: Awaited,
  timeoutSeconds: number,
): Promise<string> {
  if (!deliveries)
    return `it was not routed within ${timeoutSeconds} s: does a router run, or did the event not fit the catalog?\n`;
  if (!isFinal)
    return `not final after ${timeoutSeconds} s: wait longer with --timeout, or watch with warren tail\n`;
  if (deliveries.length > 0) return '';
  const { told, rest } = withoutGone(await whyNobody(api, eventId));
  if (told.length === 0) return 'nobody gets it: there is no endpoint\n';
  return [
    'nobody gets it:',
    ...told.map(({ endpoint, reason }) => `  ${printable(endpoint.name)}: ${reason}`),
    ...(rest ? [`  ${rest} before the event`] : []),
    '',
  ].join('\n');
}
