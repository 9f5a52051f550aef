import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kind, OperationTypeNode, parse, type OperationDefinitionNode } from 'graphql';
import { SignJWT } from 'jose';
import { gather } from '../support/gather';
import { makeGraphqlClient } from '../support/graphql-client';
import { startOwnIssuer, type OwnIssuer } from '../support/outsiders/own-issuer';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { differences, fencesOf, startShell, type Fence, type Shell } from '../support/tour';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** docs/api.md as a reader would follow it: every block, from the first to the last, against a process of its own. */
const fences = fencesOf(readFileSync('docs/api.md', 'utf8')).filter(({ flags }) => !flags.includes('ignore'));

let warren: WarrenUnderTest;
let receiver: Receiver;
let issuer: OwnIssuer;
let shell: Shell;
let url: string;
const cwd = mkdtempSync(join(tmpdir(), 'warren-tour-'));

beforeAll(async () => {
  issuer = await startOwnIssuer();
  receiver = await startReceiver();
  warren = await deployWarren({
    ...{ WARREN_JWT_ISSUER: issuer.issuer, WARREN_JWT_AUDIENCE: 'warren' },
    WARREN_PUBLIC_URL: 'https://hooks.example',
  });
  url = `${(await warren.spawn()).url}/graphql`;
  const token = new SignJWT({ scope: 'tenants:admin', sub: 'ann' })
    .setProtectedHeader({ alg: 'RS256', kid: 'own' })
    .setIssuer(issuer.issuer)
    .setAudience('warren')
    .setExpirationTime('5m');
  const TOKEN = await token.sign(issuer.privateKey);
  shell = startShell({ WARREN_API: url, OPERATOR_KEY: warren.operatorKey, TOKEN }, cwd);
}, 60_000);
afterAll(async () => {
  await shell.end();
  await warren.end();
  await Promise.all([receiver.close(), issuer.close()]);
  rmSync(cwd, { recursive: true });
}, 60_000);

/** Until what was published is on record and has been answered: a reader takes longer than that to read on. */
async function settle(output: string): Promise<void> {
  const ids = [...new Set(output.match(/evt_[0-9a-z]{26}/g))];
  if (ids.length === 0) return;
  const client = makeGraphqlClient(url, await shell.value('KEY'));
  const query =
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Event { deliveries { nodes { status } } } } }';
  await waitUntil(async () => {
    const { nodes } = await client.ask<{
      nodes: ({ deliveries: { nodes: { status: string }[] } } | null)[];
    }>(query, { ids });
    return nodes.every((event) => event?.deliveries.nodes.every(({ status }) => status !== 'PENDING'));
  });
}

function assertDone(output: string): string {
  expect(output).not.toMatch(/"errors":|"userErrors":\[\{/);
  return output;
}

async function runShell({ text, flags }: Fence): Promise<string> {
  const output = await shell.run(text.replaceAll('http://127.0.0.1:8080', receiver.url('')));
  if (!flags.includes('fails')) assertDone(output);
  await settle(output);
  return output;
}

/** The shell's names for what the documents have as variables. */
const VARIABLES: Record<string, string> = {
  ...{ id: 'DELIVERY_ID', endpointId: 'ENDPOINT_ID', replayId: 'REPLAY_ID' },
};

async function variablesOf(operation: OperationDefinitionNode): Promise<Record<string, unknown>> {
  const names = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  const values = names
    .filter((name) => VARIABLES[name])
    .map(async (name) => [name, await shell.value(VARIABLES[name] ?? '')]);
  return Object.fromEntries(await Promise.all(values)) as Record<string, unknown>;
}

/** What makes a subscription tell something. */
async function stir(key: string): Promise<void> {
  await makeGraphqlClient(url, key).ask(
    `mutation ($id: ID!) {
      eventPublish(input: { type: "order.stirred", data: {} }) { eventId }
      endpointUpdate(input: { id: $id, name: "shop" }) { userErrors { message } }
    }`,
    { id: await shell.value('ENDPOINT_ID') },
  );
}

async function runDocument({ text }: Fence): Promise<string> {
  const [operation] = parse(text).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  const key = await shell.value('KEY');
  const variables = await variablesOf(operation);
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION)
    return assertDone(JSON.stringify({ data: await makeGraphqlClient(url, key).ask(text, variables) }));
  const stream = gather(url, { authorization: `Bearer ${key}` }, text, variables);
  await waitUntil(async () => {
    await stir(key);
    return stream.seen.length > 0 || stream.ended() !== undefined;
  }, 10_000);
  expect(stream.seen.length).toBeGreaterThan(0);
  await stream.close();
  return JSON.stringify({ data: stream.seen[0] });
}

it('does what it says, from the first block to the last', async () => {
  const faults: string[] = [];
  let output = '';
  for (const fence of fences) {
    try {
      if (fence.language === 'sh') output = await runShell(fence);
      else if (fence.language === 'graphql') output = await runDocument(fence);
      else if (fence.language === 'json') {
        const answer = JSON.parse(output.trim().split('\n').at(-1) ?? '') as unknown;
        expect(differences(JSON.parse(fence.text), answer)).toEqual([]);
      } else throw new Error(`what is ${fence.language}?`);
    } catch (error) {
      faults.push(`line ${fence.line}: ${(error as Error).message}`);
    }
  }
  expect(faults).toEqual([]);
  expect(receiver.at('/webhooks').length).toBeGreaterThan(3);
}, 120_000);
