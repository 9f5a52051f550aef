import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryUpdate } from '../../api/client/follow-deliveries';
import { openPlainPublisher } from '../../broker/plain-publisher';
import { TopicIndex } from '../../domain/routing/topic-pattern';
import { succeeded, type GraphqlCaller } from '../call-graphql';
import { CAST, DEMO_TENANT, type CastMember } from './cast';
import { githubEvents, type GithubEvent } from './github-events';
import type { Inspector } from './inspector';
import { curlLine, retryOf, type Places } from './paste-lines';
import type { Match, SeenUpdates } from './seen-updates';
import type { Terminal } from './terminal';

export interface Story {
  places: Places;
  tenant: GraphqlCaller;
  inspector: Inspector;
  seen: SeenUpdates;
  terminal: Terminal;
  signal: AbortSignal;
}

/** docs/wire.md: what is published over AMQP finds a new subscription within a second. */
const SUBSCRIPTIONS_KNOWN_MS = 1100;
/** So that a person can read along. */
const BETWEEN_EVENTS_MS = 120;
const SETTLED_WITHIN_MS = 12_000;
const RETRIED_WITHIN_MS = 5_000;

/**
 * Real events go in, and each of the three receivers shows what becomes of its deliveries. The lines of the deliveries
 * themselves come from the live stream; this only says what is going on and waits for it. Throws when it cannot go on.
 */
export async function tellStory(story: Story): Promise<void> {
  const { inspector, terminal, signal } = story;
  const events = githubEvents();
  terminal.line(
    terminal.colours.bold(
      `2  Real GitHub webhooks (${events.length}), published over AMQP to ${exchangeOf(story)}`,
    ),
  );
  inspector.fail('flaky', { timesLeft: 2, status: 500 });
  inspector.fail('broken', { timesLeft: Infinity, status: 500 });
  await sleep(SUBSCRIPTIONS_KNOWN_MS, undefined, { signal });
  const prefix = `demo-${randomBytes(6).toString('hex')}`;
  await publishAll(story, events, prefix);
  const endings = expectedEndings(events, prefix);
  if (!(await story.seen.waitForAll(endings, { timeoutMs: SETTLED_WITHIN_MS, signal }))) {
    const count = endings.filter((match) => !story.seen.find(match)).length;
    terminal.line(
      terminal.colours.yellow(
        `! ${count} deliveries have not settled yet; they go on, and show here when they do`,
      ),
    );
  }
  const dead = story.seen.find(
    ({ status, delivery }) => status === 'DEAD_LETTERED' && isOfStory(delivery, prefix),
  );
  if (dead) await retryByHand(story, dead.delivery.id);
}

function exchangeOf({ places }: Story): string {
  return `${places.namespace}.events`;
}

async function publishAll(story: Story, events: readonly GithubEvent[], prefix: string): Promise<void> {
  const publisher = await openPlainPublisher(story.places.amqpUrl);
  try {
    for (const [index, { type, data }] of events.entries()) {
      const idempotencyKey = `${prefix}-${index}`;
      await publisher.publish({
        exchange: exchangeOf(story),
        type,
        data,
        tenant: DEMO_TENANT.slug,
        idempotencyKey,
      });
      await sleep(BETWEEN_EVENTS_MS, undefined, { signal: story.signal });
    }
  } finally {
    await publisher.close();
  }
}

/** How each delivery of the story must end, from who subscribed to what. */
function expectedEndings(events: readonly GithubEvent[], prefix: string): Match[] {
  const subscribers = new TopicIndex<CastMember['name']>();
  for (const { name, eventTypes } of CAST) for (const pattern of eventTypes) subscribers.add(pattern, name);
  return events.flatMap(({ type }, index) =>
    [...subscribers.match(type)].map(
      (name): Match =>
        ({ status, delivery }) =>
          delivery.event.idempotencyKey === `${prefix}-${index}` &&
          delivery.endpoint.name === name &&
          status === (name === 'broken' ? 'DEAD_LETTERED' : 'DELIVERED'),
    ),
  );
}

function isOfStory({ event }: DeliveryUpdate['delivery'], prefix: string): boolean {
  return event.idempotencyKey?.startsWith(`${prefix}-`) ?? false;
}

async function retryByHand(
  { places, tenant, inspector, seen, terminal, signal }: Story,
  id: string,
): Promise<void> {
  const operation = retryOf(id);
  terminal.line();
  terminal.line(
    terminal.colours.bold(
      '3  The receiver is mended, and the dead letter retried by hand with this mutation',
    ),
  );
  terminal.line(terminal.colours.cyan(curlLine(places, operation)));
  inspector.fail('broken', { timesLeft: 0, status: 500 });
  const { deliveryRetry } = await tenant.call<{ deliveryRetry: { userErrors: { message: string }[] } }>(
    operation,
  );
  succeeded(deliveryRetry);
  const arrived: Match = ({ status, delivery }) => status === 'DELIVERED' && delivery.id === id;
  if (!(await seen.waitForAll([arrived], { timeoutMs: RETRIED_WITHIN_MS, signal }))) {
    terminal.line(terminal.colours.yellow('! it has not arrived yet; its line shows here when it does'));
  }
}
