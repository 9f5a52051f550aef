import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { Operation } from '../call-graphql';
import { isInstalled, shellLine } from './shell-words';

export interface Places {
  /** http://host:port/graphql */
  graphqlUrl: string;
  tenantKey: string;
  /** As `up` uses it; comma-separated for a cluster. */
  amqpUrl: string;
  namespace: string;
}

const PUBLISH: Operation = {
  query:
    'mutation ($input: EventPublishInput!) { eventPublish(input: $input) { eventId userErrors { message } } }',
  variables: { input: { type: 'github.ping', data: { zen: 'Keep it logically awesome.' } } },
};

export function retryOf(deliveryId: string): Operation {
  return {
    query: `mutation { deliveryRetry(id: "${deliveryId}") { delivery { status } userErrors { message } } }`,
  };
}

/** A GraphQL operation as a line for a POSIX shell: with curl where it is at hand, else with the example of this repository. */
export function curlLine(
  { graphqlUrl, tenantKey }: Places,
  operation: Operation,
  hasCurl = isInstalled('curl'),
): string {
  const json = JSON.stringify(operation);
  if (!hasCurl) return shellLine(['node', exampleFile('graphql.mjs'), graphqlUrl, tenantKey, json]);
  const headers = [`authorization: Bearer ${tenantKey}`, 'content-type: application/json'];
  return shellLine([
    // Without the end of line, the shell's next prompt sticks to the answer.
    ...['curl', '-sS', '-w', '\\n', graphqlUrl],
    ...headers.flatMap((header) => ['-H', header]),
    ...['-d', json],
  ]);
}

/** Three lines to paste into a shell in the folder where `up` was typed. */
export function linesToTry(places: Places): { title: string; line: string }[] {
  return [
    { title: 'Publish over GraphQL', line: curlLine(places, PUBLISH) },
    { title: 'Publish over AMQP, as an internal service would', line: amqpLine(places) },
    {
      title: 'Watch deliveries live (a GraphQL subscription; Ctrl-C ends it)',
      line: shellLine(['node', exampleFile('watch.mjs'), places.graphqlUrl, places.tenantKey]),
    },
  ];
}

/** With amqp-publish where it is at hand, else with the example of this repository. */
export function amqpLine({ amqpUrl, namespace }: Places, hasTool = isInstalled('amqp-publish')): string {
  const url = (amqpUrl.split(',')[0] ?? '').trim();
  const [exchange, type, body] = [`${namespace}.events`, 'github.star.deleted', '{"action":"deleted"}'];
  const toolUrl = urlForAmqpPublish(url);
  if (!hasTool || toolUrl === undefined) {
    return shellLine(['node', exampleFile('publish.mjs'), url, exchange, 'demo', type, body]);
  }
  const event = ['-e', exchange, '-r', type, '-C', 'application/json', '-H', 'tenant: demo', '-b', body];
  return shellLine(['amqp-publish', '-u', toolUrl, ...event]);
}

/** librabbitmq reads an empty path as a virtual host without a name and knows no query; TLS needs more than a url. */
function urlForAmqpPublish(url: string): string | undefined {
  const parsed = new URL(url);
  if (parsed.protocol !== 'amqp:') return undefined;
  const credentials = parsed.username ? `${parsed.username}:${parsed.password}@` : '';
  return `amqp://${credentials}${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`;
}

/** The file of docs/examples, as short as it can be typed from here. */
function exampleFile(name: string): string {
  const file = join(projectFolder(), 'docs', 'examples', name);
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') || isAbsolute(fromHere) ? file : fromHere;
}

/** The nearest folder above that has the examples: the same from src and from dist. */
function projectFolder(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'docs', 'examples', 'watch.mjs'))) return folder;
  }
  return process.cwd();
}
