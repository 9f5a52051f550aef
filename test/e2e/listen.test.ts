import { Webhook } from 'standardwebhooks';
import { idBytes } from '../../src/domain/ids';
import { startCommand, type CommandLine } from '../support/command-line';
import { gather } from '../support/gather';
import { countById, startReceiver, type Receiver } from '../support/outsiders/receiver';
import { startTcpProxy, type TcpProxy } from '../support/outsiders/tcp-proxy';
import type { SeenDelivery, TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type Started, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let first: Started;
let second: Started;
let laptop: Receiver;
let acme: TenantUnderTest;
/** Between the listener and the API. */
let wire: TcpProxy;
let env: NodeJS.ProcessEnv;
const commands: CommandLine[] = [];

beforeAll(async () => {
  warren = await deployWarren();
  first = await warren.start();
  second = await warren.start({ WARREN_ROLES: 'api' });
  laptop = await startReceiver();
  acme = await warren.tenant('acme', first.graphqlUrl);
  wire = await startTcpProxy('127.0.0.1', Number(new URL(second.app.url).port));
  env = { WARREN_URL: `http://127.0.0.1:${wire.port}`, WARREN_API_KEY: acme.key };
}, 60_000);
afterAll(async () => {
  for (const command of commands) command.signal('SIGINT');
  await Promise.all(commands.map(({ ended }) => ended));
  await warren.end();
  await Promise.all([laptop.close(), wire.close()]);
}, 60_000);

/** Listens through an API process that delivers nothing itself, until deliveries flow. */
async function listen(path: string, events: string, ...more: string[]): Promise<CommandLine> {
  const command = startCommand(['listen', laptop.url(path), '--events', events, ...more], env);
  commands.push(command);
  await waitUntil(() => command.complaints().includes('Ctrl-C ends'), 20_000);
  await waitUntil(async () => (await tunnelFor(events))?.status === 'ACTIVE', 20_000);
  return command;
}

interface Tunnel {
  id: string;
  url: string;
  status: string;
  secret: string;
  subscriptions: { eventTypes: string[] }[];
}
async function tunnelFor(events: string): Promise<Tunnel | undefined> {
  const { endpoints } = await acme.client.ask<{ endpoints: { nodes: Tunnel[] } }>(
    '{ endpoints { nodes { id url status secret subscriptions { eventTypes } } } }',
  );
  return endpoints.nodes.find(
    ({ url, subscriptions }) =>
      url.startsWith('tunnel:') && subscriptions.some(({ eventTypes }) => eventTypes.includes(events)),
  );
}
const deliveryOf = async (type: string): Promise<SeenDelivery | undefined> =>
  (await acme.deliveries({ types: [type] }))[0];
async function settled(type: string, status: string): Promise<SeenDelivery> {
  await waitUntil(async () => (await deliveryOf(type))?.status === status, 20_000);
  return (await deliveryOf(type)) as SeenDelivery;
}

it('brings a delivery to a machine without an address: signed, told in a line, on record as it was answered', async () => {
  const { lines, complaints } = await listen('/tour', 'tour.#');
  laptop.answer(() => ({ status: 202, body: 'thanks', headers: { 'x-seen': 'yes' } }));
  await acme.publish({ type: 'tour.begun', data: { name: 'Zoë', n: 1 } });
  const delivery = await settled('tour.begun', 'DELIVERED');
  const [arrival] = laptop.at('/tour');
  const secret = /^secret (whsec_\S+)$/m.exec(complaints())?.[1] ?? '';
  const event = new Webhook(secret).verify(String(arrival?.body), arrival?.headers as Record<string, string>);
  expect(event).toMatchObject({ type: 'tour.begun', data: { name: 'Zoë', n: 1 } });
  expect(arrival?.headers).toMatchObject({ 'webhook-id': delivery.id, 'warren-attempt': '1' });
  expect(delivery.attempts).toMatchObject([
    { ok: true, responseStatus: 202, responseBody: 'thanks', error: null },
  ]);
  await waitUntil(() => lines.length > 0);
  expect(lines[0]).toMatch(/POST {2}tour\.begun {2}202 {2}\d+ ms {2}dlv_/);

  laptop.answer(({ attempt }) => ({ status: attempt === 1 ? 500 : 204 }));
  await acme.publish({ type: 'tour.failed' });
  const failed = await settled('tour.failed', 'DELIVERED');
  expect(failed.attempts.map(({ error }) => error)).toEqual(['HTTP_500', null]);
}, 60_000);

it('carries a body as large as events may be, and tells it in JSON', async () => {
  const command = await listen('/large', 'large.#', '--json', '--print');
  laptop.answer(() => ({}));
  const data = 'x'.repeat(262_000);
  await acme.publish({ type: 'large.one', data });
  await settled('large.one', 'DELIVERED');
  expect(String(laptop.at('/large')[0]?.body)).toContain(data);
  await waitUntil(() => command.lines.length > 0);
  expect(JSON.parse(command.lines[0] ?? '')).toMatchObject({ type: 'large.one', status: 204, attempt: 1 });
}, 60_000);

it('holds what comes while the connection is lost, and goes on with it, nothing lost', async () => {
  await listen('/lost', 'lost.#');
  laptop.answer(() => ({}));
  wire.forbid();
  await waitUntil(async () => (await tunnelFor('lost.#'))?.status === 'PAUSED', 20_000);
  const events = [];
  for (let n = 0; n < 5; n++) events.push(await acme.publish({ type: 'lost.meanwhile', data: { n } }));
  await waitUntil(
    async () => (await acme.deliveries({ types: ['lost.meanwhile'], status: ['HELD'] })).length === 5,
    20_000,
  );
  expect(laptop.at('/lost')).toEqual([]);
  wire.allow();
  await waitUntil(() => countById(laptop.at('/lost')).size === 5, 30_000);
  await waitUntil(
    async () => (await acme.deliveries({ types: ['lost.meanwhile'], status: ['DELIVERED'] })).length === 5,
    20_000,
  );
}, 90_000);

it('sends a delivery of the past here, signed anew, and takes its tunnel away when it is stopped', async () => {
  laptop.answer(() => ({}));
  await acme.endpoint({ url: laptop.url('/original'), eventTypes: ['past.one'] });
  await acme.publish({ type: 'past.one', data: { n: 1 } });
  const { id } = await settled('past.one', 'DELIVERED');
  const { complaints, ...command } = await listen('/again', 'again.#', '--replay', id);
  await waitUntil(() => laptop.at('/again').length === 1);
  const secret = /^secret (whsec_\S+)$/m.exec(complaints())?.[1] ?? '';
  const [again] = laptop.at('/again');
  new Webhook(secret).verify(String(again?.body), again?.headers as Record<string, string>);
  expect(String(again?.body)).toBe(String(laptop.at('/original')[0]?.body));
  command.signal('SIGINT');
  expect(await command.ended).toBe(0);
  expect(await tunnelFor('again.#')).toBeUndefined();
}, 60_000);

describe('a tunnel', () => {
  const REQUESTS = 'subscription ($id: ID!) { tunnelRequest(endpointId: $id) { id headers } }';
  interface Seen {
    tunnelRequest: { id: string; headers: Record<string, string> };
  }
  const answer = (input: object, by = acme) =>
    by.client.ask<{ tunnelAnswer: { userErrors: { field: string[]; code: string }[] } }>(
      'mutation ($input: TunnelAnswerInput!) { tunnelAnswer(input: $input) { userErrors { field code } } }',
      { input },
    );
  async function open(eventTypes: string[], timeoutMs?: number): Promise<string> {
    const { tunnelOpen } = await acme.client.ask<{ tunnelOpen: { endpoint: { id: string } } }>(
      'mutation ($input: TunnelOpenInput!) { tunnelOpen(input: $input) { endpoint { id } userErrors { message } } }',
      { input: { eventTypes } },
    );
    const { id } = tunnelOpen.endpoint;
    if (timeoutMs !== undefined)
      await acme.client.ask(
        'mutation ($input: EndpointUpdateInput!) { endpointUpdate(input: $input) { userErrors { message } } }',
        { input: { id, timeoutMs } },
      );
    return id;
  }
  const byKey = () => ({ authorization: `Bearer ${acme.key}` });
  const statusOf = async (id: string): Promise<string> => {
    const { endpoint } = await acme.client.ask<{ endpoint: { status: string } }>(
      'query ($id: ID!) { endpoint(id: $id) { status } }',
      { id },
    );
    return endpoint.status;
  };

  it('goes to the newest of its listeners, and is held when there is none', async () => {
    const id = await open(['newest.#']);
    expect(await statusOf(id)).toBe('PAUSED');
    const one = gather<Seen>(first.graphqlUrl, byKey(), REQUESTS, { id });
    await waitUntil(async () => (await statusOf(id)) === 'ACTIVE', 10_000);
    const two = gather<Seen>(second.graphqlUrl, byKey(), REQUESTS, { id });
    await waitUntil(() => one.ended() !== undefined, 10_000);
    expect(JSON.stringify(one.ended())).toContain('Somebody else listens');
    await acme.publish({ type: 'newest.one' });
    await waitUntil(() => two.seen.length === 1, 10_000);
    const requestId = two.seen[0]?.tunnelRequest.id;
    await answer({ endpointId: id, requestId, durationMs: 5, status: 200 });
    expect((await settled('newest.one', 'DELIVERED')).attempts).toMatchObject([{ durationMs: 5 }]);
    expect(one.seen).toEqual([]);
    expect(await statusOf(id)).toBe('ACTIVE');
    await two.close();
    await waitUntil(async () => (await statusOf(id)) === 'PAUSED', 10_000);
    await one.close();
  }, 40_000);

  it('counts no answer in time as a TIMEOUT, and takes none from another tenant or for another tunnel', async () => {
    const other = await warren.tenant('other', first.graphqlUrl);
    const [id, elsewhere] = [await open(['slow.#'], 1500), await open(['elsewhere.#'])];
    const stream = gather<Seen>(first.graphqlUrl, byKey(), REQUESTS, { id });
    await waitUntil(async () => (await statusOf(id)) === 'ACTIVE', 10_000);
    await acme.publish({ type: 'slow.one' });
    await waitUntil(() => stream.seen.length === 1, 10_000);
    const requestId = stream.seen[0]?.tunnelRequest.id;
    const good = { endpointId: id, requestId, durationMs: 1, status: 200 };
    expect((await answer(good, other)).tunnelAnswer.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await answer({ ...good, endpointId: elsewhere })).tunnelAnswer.userErrors).toEqual([]);
    expect((await answer({ ...good, requestId: 'x' })).tunnelAnswer.userErrors).toMatchObject([
      { field: ['requestId'], code: 'INVALID' },
    ]);
    await waitUntil(async () => (await deliveryOf('slow.one'))?.lastError === 'TIMEOUT', 10_000);
    await answer(good);
    // Late: the second attempt is what counts.
    await waitUntil(() => stream.seen.length === 2, 15_000);
    await answer({ ...good, requestId: stream.seen[1]?.tunnelRequest.id });
    const attempts = (await settled('slow.one', 'DELIVERED')).attempts;
    expect(attempts.map(({ error }) => error)).toEqual(['TIMEOUT', null]);
    await stream.close();
  }, 60_000);

  it.each(['listener', 'API process'])(
    'brings again what was under way when its %s was killed',
    async (whose) => {
      const type = whose === 'listener' ? 'killed.listener' : 'killed.api';
      const id = await open([type], 1500);
      const api = whose === 'listener' ? undefined : await warren.spawn({ WARREN_ROLES: 'api' });
      const killed = gather<Seen>(api ? `${api.url}/graphql` : first.graphqlUrl, byKey(), REQUESTS, { id });
      await waitUntil(async () => (await statusOf(id)) === 'ACTIVE', 20_000);
      await acme.publish({ type });
      await waitUntil(() => killed.seen.length === 1, 10_000);
      if (api) await api.signal('SIGKILL');
      await killed.close();
      const next = gather<Seen>(second.graphqlUrl, byKey(), REQUESTS, { id });
      await waitUntil(() => next.seen.length === 1, 20_000);
      const { headers, id: requestId } = next.seen[0]?.tunnelRequest as Seen['tunnelRequest'];
      expect(headers['webhook-id']).toBe(killed.seen[0]?.tunnelRequest.headers['webhook-id']);
      await answer({ endpointId: id, requestId, durationMs: 1, status: 200 });
      const { attempts } = await settled(type, 'DELIVERED');
      // That somebody had it may have died with the process.
      const lost = api ? /^(TIMEOUT|UNROUTABLE)$/ : /^TIMEOUT$/;
      expect(attempts.map(({ error }) => error)).toEqual([expect.stringMatching(lost), null]);
      await next.close();
    },
    60_000,
  );

  it('is taken away when nobody has listened for a day, and no other is', async () => {
    const [forgotten, held] = [await open(['forgotten.#']), await open(['held.#'])];
    const yesterday = new Date(Date.now() - 86_500_000);
    await warren.sql('update endpoints set updated_at = ? where id = ?', [
      yesterday,
      idBytes('endpoint', forgotten),
    ]);
    const other = await acme.endpoint({ url: laptop.url('/other') });
    await acme.client.ask('mutation ($id: ID!) { endpointPause(id: $id) { userErrors { code } } }', other);
    await warren.sql('update endpoints set updated_at = ? where id = ?', [
      yesterday,
      idBytes('endpoint', other.id),
    ]);
    await warren.start({ WARREN_ROLES: 'api' });
    const left = async (): Promise<string[]> => {
      const { endpoints } = await acme.client.ask<{ endpoints: { nodes: { id: string }[] } }>(
        '{ endpoints { nodes { id } } }',
      );
      return endpoints.nodes.map(({ id }) => id);
    };
    await waitUntil(async () => !(await left()).includes(forgotten), 10_000);
    expect(await left()).toEqual(expect.arrayContaining([held, other.id]));
  }, 30_000);

  it('is made by no other mutation', async () => {
    const { endpointCreate } = await acme.client.ask<{ endpointCreate: { userErrors: object[] } }>(
      'mutation { endpointCreate(input: { url: "tunnel:0" }) { userErrors { field code } } }',
    );
    expect(endpointCreate.userErrors).toEqual([{ field: ['url'], code: 'INVALID' }]);
  });
});
