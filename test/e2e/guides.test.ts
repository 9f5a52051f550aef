import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kind, OperationTypeNode, parse } from 'graphql';
import { makeGraphqlClient, type GraphqlClient } from '../support/graphql-client';
import { gather } from '../support/gather';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { fencesOf, startShell, type Fence, type Shell } from '../support/tour';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/**
 * What the guides have for GraphQL and for a shell with a deployment, as it stands there and in their order, on one tenant.
 * The variables are those of the pages where they show some.
 */
const GUIDES = [
  'event-types',
  'contracts',
  'filter',
  'shape',
  'replay',
  'inspect',
  'integrate-a-portal',
  'receive-from-providers',
];
const textOf = (page: string): string => readFileSync(`docs/${page}.md`, 'utf8');
const fencesIn = (page: string): Fence[] =>
  fencesOf(textOf(`guides/${page}`)).filter(({ flags }) => !flags.includes('ignore'));

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let shell: Shell;
/** A key that may do what the guides do. */
let key: string;
let client: GraphqlClient;
let graphqlUrl: string;
/** What a reader has by then: ids and addresses, by name. */
const known: Record<string, string> = {};
const cwd = mkdtempSync(join(tmpdir(), 'warren-guides-'));

beforeAll(async () => {
  receiver = await startReceiver();
  warren = await deployWarren({ WARREN_INSPECTOR: 'true', WARREN_PUBLIC_URL: 'https://hooks.example' });
  const started = await warren.start();
  graphqlUrl = started.graphqlUrl;
  acme = await warren.tenant('acme', graphqlUrl);
  known.endpointId = (await acme.endpoint({ url: receiver.url('/in'), eventTypes: ['order.#'] })).id;
  await acme.publish({ type: 'order.placed', data: { id: 'o-1', total: 140, orderId: 1 } });
  await waitUntil(() => receiver.at('/in').length > 0);
  key = await keyFor(acme.id, SCOPES);
  client = makeGraphqlClient(graphqlUrl, key);
  // Without its meter, which is for eyes.
  writeFileSync(join(cwd, '.curlrc'), 'silent');
  const env = { HOME: cwd, WARREN_API: graphqlUrl, WARREN_URL: started.app.url, KEY: key };
  shell = startShell(env, cwd);
  const [helper] = fencesOf(textOf('api')).filter(({ text }) => text.startsWith('gql()'));
  await shell.run(helper?.text ?? '');
}, 60_000);
afterAll(async () => {
  await shell.end();
  await warren.end();
  await receiver.close();
  rmSync(cwd, { recursive: true });
}, 60_000);

const SCOPES = [
  ...['events:read', 'deliveries:read', 'deliveries:write', 'endpoints:read', 'endpoints:write'],
  ...['catalog:write', 'sources:write', 'keys:write'],
];

async function keyFor(tenantId: string, scopes: string[]): Promise<string> {
  const operator = makeGraphqlClient(graphqlUrl, warren.operatorKey);
  const { apiKeyCreate } = await operator.ask<{ apiKeyCreate: { plainKey: string } }>(
    'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { plainKey } }',
    { input: { tenantId, name: 'guides', scopes } },
  );
  return apiKeyCreate.plainKey;
}

/** What the page's own words give as variables. */
function variablesOf(page: string, operation: string): object {
  const { endpointId = '', replayId = '', inspectorId = '', sourceId = '' } = known;
  const shown = (pattern: RegExp): object => {
    const json = pattern.exec(textOf(`guides/${page}`))?.[1] ?? '';
    return JSON.parse(
      json.replace('ep_…', endpointId).replace('ten_…', acme.id).replace('"…"', '"a-secret-of-theirs"'),
    ) as object;
  };
  const all: Record<string, () => object> = {
    'filter Subscribe': () => ({ input: shown(/`input` such as\n`(.+)`/) }),
    shape: () => ({ endpointId }),
    'replay Replay': () => ({ input: { endpointId, status: ['DELIVERED'] } }),
    'replay Subscribe': () => ({
      input: { endpointId, eventTypes: ['order.placed'], backfillSince: '2026-01-01T00:00:00Z' },
    }),
    'replay Progress': () => ({ id: replayId }),
    'inspect Inspect': () => ({ input: {} }),
    'inspect Inspected': () => ({ id: inspectorId }),
    'inspect Inspecting': () => ({ id: inspectorId }),
    'integrate-a-portal OpenPortal': () => shown(/^`(\{"input":\{"tenantId".+)`$/m),
    'receive-from-providers Source': () => shown(/^```json\n(\{ "input": \{ "name".+)\n```$/m),
    'receive-from-providers Rotate': () => ({
      input: { id: sourceId, signingSecret: 'another-secret-of-theirs' },
    }),
  };
  const found = all[`${page} ${operation}`.trim()];
  if (!found) throw new Error(`no variables for ${page} ${operation}`);
  return found();
}

interface Answer {
  replayCreate?: { replay: { id: string } };
  inspectorCreate?: { inspector: { id: string; url: string } };
  sourceCreate?: { source: { id: string } };
}

async function note({ replayCreate, inspectorCreate, sourceCreate }: Answer): Promise<void> {
  if (replayCreate) known.replayId = replayCreate.replay.id;
  if (sourceCreate) known.sourceId = sourceCreate.source.id;
  if (!inspectorCreate) return;
  known.inspectorId = inspectorCreate.inspector.id;
  // Its address is that of the deployment's name, which is not to be found from here.
  const path = new URL(inspectorCreate.inspector.url).pathname;
  known.inspectorUrl = new URL(path, graphqlUrl).href;
  await shell.run(`INSPECTOR_URL=${known.inspectorUrl}`);
}

async function runDocument(page: string, text: string): Promise<void> {
  const [operation] = parse(text).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  const variables = variablesOf(page, operation.name?.value ?? '') as Record<string, unknown>;
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
    const answer = await client.ask<Answer>(text, variables);
    assertDone(JSON.stringify(answer));
    return note(answer);
  }
  const stream = gather(graphqlUrl, { authorization: `Bearer ${key}` }, text, variables);
  await waitUntil(async () => {
    if (known.inspectorUrl) await fetch(known.inspectorUrl, { method: 'POST', body: 'stirred' });
    return stream.seen.length > 0 || stream.ended() !== undefined;
  }, 10_000);
  expect(stream.seen.length).toBeGreaterThan(0);
  await stream.close();
}

function assertDone(output: string): void {
  expect(output).not.toMatch(/"errors":|"userErrors":\[\{/);
}

it.each(GUIDES)(
  'the guide %s does what it says',
  async (page) => {
    const faults: string[] = [];
    let ran = 0;
    for (const { language, text, line } of fencesIn(page)) {
      try {
        if (language === 'graphql') await runDocument(page, text);
        else if (language === 'sh') assertDone(await shell.run(text));
        else continue;
        ran++;
      } catch (error) {
        faults.push(`line ${line}: ${(error as Error).message}`);
      }
    }
    expect(faults).toEqual([]);
    expect(ran).toBeGreaterThan(0);
  },
  60_000,
);

it('the contracts that were fetched are contracts', () => {
  const read = (name: string): object => JSON.parse(readFileSync(join(cwd, name), 'utf8')) as object;
  expect(read('webhooks.json')).toMatchObject({ openapi: '3.1.0' });
  expect(read('events.json')).toMatchObject({ asyncapi: '3.0.0' });
});

it('no page with something to run is left out', () => {
  const others = ['publish', 'receive', 'test-locally', 'add-a-destination', 'destinations'];
  const pages = readdirSync('docs/guides')
    .map((name) => name.replace('.md', ''))
    .filter((page) => fencesIn(page).some(({ language }) => language !== 'json'));
  expect(pages.filter((page) => ![...GUIDES, ...others].includes(page))).toEqual([]);
});
