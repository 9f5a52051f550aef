import type { App } from '../../app';
import { followDeliveries, type DeliveryUpdate } from '../../api/client/follow-deliveries';
import type { Services } from '../../provision/services';
import { makeGraphqlCaller, type GraphqlCaller } from '../call-graphql';
import { CAST, DEMO_TENANT } from './cast';
import { deliveryLine } from './delivery-line';
import { makeDemoMemory, type DemoMemory } from './demo-state';
import { startInspector, type Inspector } from './inspector';
import { ensureEndpoints, isKeyGood, makeTenantKey } from './seed-tenant';
import type { Places } from './paste-lines';
import { makeSeenUpdates, type SeenUpdates } from './seen-updates';
import { printSummary } from './summary';
import { makeTerminal, type Terminal, type TerminalOptions } from './terminal';

export interface DemoSetting {
  app: Pick<App, 'url' | 'publicUrl'>;
  services: Pick<Services, 'amqpUrl'>;
  operatorKey: string;
  /** Folder of this installation's data. */
  dataDir: string;
  /** Aborted when the person presses Ctrl-C. */
  signal: AbortSignal;
}

/** What the demo knows so far; a part that could not be had is missing, and the rest goes on without it. */
interface Stage {
  terminal: Terminal;
  memory: DemoMemory;
  seen: SeenUpdates;
  inspector?: Inspector;
  tenantKey?: string;
  isFollowing?: boolean;
}

/**
 * The first time: makes a tenant, three receivers and their subscriptions through the public API, publishes real
 * events and shows what becomes of them. Each time: prints where everything is and goes on showing deliveries until
 * `signal` aborts. Writes to standard error only. Never rejects: a part that fails says so, and Warren runs on.
 */
export async function runDemo(
  setting: DemoSetting,
  stream: TerminalOptions['stream'] = process.stderr,
): Promise<void> {
  const { signal, dataDir } = setting;
  const stage: Stage = {
    terminal: makeTerminal({ stream, env: process.env, signal }),
    memory: makeDemoMemory(dataDir),
    seen: makeSeenUpdates(),
  };
  try {
    await perform(setting, stage);
  } catch (error) {
    if (!signal.aborted) stage.terminal.line(stage.terminal.colours.yellow(`! the demo: ${reasonOf(error)}`));
  }
  if (!signal.aborted) summarize(setting, stage);
}

async function perform(setting: DemoSetting, stage: Stage): Promise<void> {
  const { signal } = setting;
  const { memory, terminal } = stage;
  const inspector = await startInspector(memory.read().inspectorPort);
  stage.inspector = inspector;
  signal.addEventListener('abort', () => void inspector.close(), { once: true });
  memory.keep({ inspectorPort: inspector.port });

  const { tenantKey, isNew } = await findOrMakeKey(setting, stage);
  stage.tenantKey = tenantKey;
  const tenant = callerWith(setting, tenantKey);
  const isFirst = isNew || memory.read().isStoryTold !== true;
  const endpoints = await ensureEndpoints(tenant, {
    hookUrl: (name) => inspector.hookUrl(name),
    mayCreate: isFirst,
  });
  for (const { name, secret } of endpoints) if (secret !== null) inspector.expectSecret(name, secret);

  follow(setting, stage, tenantKey, inspector);
  stage.isFollowing = true;
  if (!isFirst) return;
  introduce(terminal);
  await showStory(setting, stage, { tenant, inspector, tenantKey });
  memory.keep({ isStoryTold: true });
}

async function findOrMakeKey(
  setting: DemoSetting,
  { memory }: Stage,
): Promise<{ tenantKey: string; isNew: boolean }> {
  const { tenantKey: kept } = memory.read();
  if (kept !== undefined && (await isKeyGood(callerWith(setting, kept))))
    return { tenantKey: kept, isNew: false };
  const tenantKey = await makeTenantKey(callerWith(setting, setting.operatorKey));
  memory.keep({ tenantKey, isStoryTold: false });
  return { tenantKey, isNew: true };
}

function introduce({ colours, line }: Terminal): void {
  line();
  line(colours.bold('1  A tenant, its key, and three receivers, made over GraphQL'));
  line(`${'tenant'.padEnd(10)}${DEMO_TENANT.slug.padEnd(18)}${colours.dim(DEMO_TENANT.name)}`);
  for (const { name, eventTypes, manners } of CAST) {
    line(`${name.padEnd(10)}${eventTypes.join(' ').padEnd(18)}${colours.dim(manners)}`);
  }
  line();
}

async function showStory(
  { services, signal, app }: DemoSetting,
  { terminal, seen }: Stage,
  { tenant, inspector, tenantKey }: { tenant: GraphqlCaller; inspector: Inspector; tenantKey: string },
): Promise<void> {
  // Megabytes of real bodies come with it, which only the first time needs.
  const { tellStory } = await import('./story.js');
  const places = { ...placesOf(app, services.amqpUrl), tenantKey };
  await tellStory({ places, tenant, inspector, seen, terminal, signal });
}

function follow(
  { app, signal }: DemoSetting,
  { terminal, seen }: Stage,
  apiKey: string,
  inspector: Inspector,
): void {
  const { colours } = terminal;
  const onUpdate = (update: DeliveryUpdate): void => {
    const { delivery, attempt } = update;
    const signature = attempt ? inspector.find(delivery.id, attempt.number)?.signature : undefined;
    const text = deliveryLine(update, { colours, signature, nowMs: Date.now() });
    if (text !== undefined) terminal.line(text);
    seen.add(update);
  };
  const onLost = (reason: string): void =>
    terminal.line(colours.yellow(`! the live stream: ${reason}; opening it again`));
  void followDeliveries({ graphqlUrl: `${app.url}/graphql`, apiKey, signal, onUpdate, onLost });
}

function summarize({ app, services, operatorKey, dataDir }: DemoSetting, stage: Stage): void {
  printSummary(stage.terminal, {
    places: { ...placesOf(app, services.amqpUrl), tenantKey: stage.tenantKey },
    publicUrl: addressOf(app),
    inspectorUrl: stage.inspector?.url,
    isFollowing: stage.isFollowing === true,
    operatorKey,
    dataDir,
  });
}

function callerWith({ app, signal }: DemoSetting, apiKey: string): GraphqlCaller {
  return makeGraphqlCaller({ url: `${app.url}/graphql`, apiKey, signal });
}

/** Where people reach Warren, which need not be where it listens. */
const addressOf = ({ publicUrl }: DemoSetting['app']): string => publicUrl.replace(/\/$/, '');

function placesOf(app: DemoSetting['app'], amqpUrl: string): Omit<Places, 'tenantKey'> {
  const namespace = process.env.WARREN_NAMESPACE ?? 'warren';
  return { graphqlUrl: `${addressOf(app)}/graphql`, amqpUrl, namespace };
}

/** The cause says what the sentence leaves out; neither is printed with a url that may hold a password. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  const words = [message ?? String(error), cause?.message].filter(Boolean);
  return words.join(': ').replace(/amqps?:\/\/\S+/g, 'amqp://…');
}
