import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand, startCommand, type Ended } from '../support/command-line';
import { makeGraphqlClient } from '../support/graphql-client';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { startTcpProxy, type TcpProxy } from '../support/outsiders/tcp-proxy';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { OPERATOR_KEY, deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
/** Between the commands that go through it and the API. */
let wire: TcpProxy;
let env: NodeJS.ProcessEnv;

const run = (...args: string[]): Promise<Ended> => runCommand(args, env);
const jsonOf = (line = ''): unknown => JSON.parse(line);

beforeAll(async () => {
  warren = await deployWarren();
  receiver = await startReceiver();
  const { graphqlUrl, app } = await warren.start();
  acme = await warren.tenant('acme', graphqlUrl);
  wire = await startTcpProxy('127.0.0.1', Number(new URL(app.url).port));
  env = { WARREN_URL: app.url, WARREN_API_KEY: acme.key };
}, 60_000);
afterAll(async () => {
  await warren.end();
  await Promise.all([receiver.close(), wire.close()]);
}, 60_000);

describe('warren verify', () => {
  it('takes a real request, and refuses it with another byte', async () => {
    const { secret } = await acme.endpoint({ url: receiver.url('/verify'), eventTypes: ['cli.verify'] });
    const [delivered] = await delivering('cli.verify', '/verify');
    const headers = Object.entries(delivered.headers).flatMap(([name, value]) => [
      '-H',
      `${name}: ${String(value)}`,
    ]);
    const check = (body: string): Promise<Ended> =>
      runCommand(['verify', '--json', ...headers], { WARREN_WEBHOOK_SECRET: secret }, body);

    const good = await check(delivered.body.toString());
    expect(good.code).toBe(0);
    expect(jsonOf(good.lines[0])).toMatchObject({ ok: true });
    const bad = await check(`${delivered.body.toString()} `);
    expect(bad.code).toBe(1);
    expect(jsonOf(bad.lines[0])).toMatchObject({ ok: false, reason: 'NO_MATCH' });
  });
});

describe('warren trigger', () => {
  it("publishes the catalog's example, and waits until all have it", async () => {
    const operator = makeGraphqlClient(`${env.WARREN_URL ?? ''}/graphql`, warren.operatorKey);
    await operator.ask(
      `mutation { eventTypeUpsert(input: { name: "cli.example", example: { total: 42 } }) { userErrors { message } } }`,
    );
    await acme.endpoint({ url: receiver.url('/example'), name: 'The shop', eventTypes: ['cli.example'] });
    const { code, lines } = await run('trigger', 'cli.example', '--wait');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^evt_/);
    expect(lines.at(-1)).toMatch(/DELIVERED +cli\.example → The shop {2}attempt 1 {2}204 {2}\d+ ms$/);
    expect(receiver.at('/example')[0]?.body.toString()).toContain('"data":{"total":42}');
  });

  it('publishes data from a line, digit for digit, also for an operator who names the tenant', async () => {
    const operator = ['--api-key', warren.operatorKey, '--tenant', 'acme'];
    const data = '{"id":12345678901234567890}';
    const { code } = await run('trigger', 'cli.example', ...operator, '--data', data, '--wait');
    expect(code).toBe(0);
    expect(receiver.at('/example')[1]?.body.toString()).toContain('"data":{"id":12345678901234567890}');
  });

  it('publishes data from standard input, once for an idempotency key, and says so', async () => {
    const publish = (): Promise<Ended> =>
      runCommand(
        ['trigger', 'cli.input', '--data', '-', '--idempotency-key', 'k1', '--json'],
        env,
        '{"a":1}',
      );
    const first = jsonOf((await publish()).lines[0]) as { eventId: string };
    expect(jsonOf((await publish()).lines[0])).toEqual({ eventId: first.eventId, duplicate: true });
  });

  it('ends with 1, and says why, when nobody gets it or not everybody takes it', async () => {
    const { id } = await acme.endpoint({ url: receiver.url('/'), name: 'Gone', eventTypes: ['cli.nobody'] });
    await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });
    const nobody = await run('trigger', 'cli.nobody', '--data', '{}', '--wait');
    expect(nobody.code).toBe(1);
    expect(nobody.complaints).toMatch(
      /^nobody gets it:\n {2}The shop: [^]*\n {2}\d+ endpoints? w(as|ere) gone before the event\n$/,
    );
    expect(nobody.complaints).not.toContain('Gone');
    const program = await run('trigger', 'cli.nobody', '--data', '{}', '--wait', '--json');
    expect(jsonOf(program.lines[0])).toMatchObject({
      deliveries: [],
      reason: expect.stringMatching(/^nobody gets it: The shop: .*; /) as string,
    });

    receiver.answer(({ path }) => ({ status: path === '/gone' ? 410 : 204 }));
    await acme.endpoint({ url: receiver.url('/gone'), retrySchedule: [1], eventTypes: ['cli.gone'] });
    const refused = await run('trigger', 'cli.gone', '--data', '{}', '--wait', '--json');
    expect(refused.code).toBe(1);
    expect(jsonOf(refused.lines[0])).toMatchObject({
      isFinal: true,
      deliveries: [{ status: 'DEAD_LETTERED' }],
    });
  });
});

describe('warren tail', () => {
  it('shows changes of the types asked for, and misses none while the connection is lost', async () => {
    await acme.endpoint({ url: receiver.url('/tail'), name: 'Tailed', eventTypes: ['cli.tail.*'] });
    const tail = startCommand(['tail', '--events', 'cli.tail.#', '--status', 'delivered'], {
      ...env,
      WARREN_API_KEY: warren.operatorKey,
      WARREN_TENANT: 'acme',
      WARREN_URL: `http://127.0.0.1:${wire.port}`,
    });
    const shows = (type: string): boolean =>
      tail.lines.some((line) => line.includes(` cli.tail.${type} → Tailed `));
    // From now on, as a stream begins some time after its process: the first that is shown proves that it watches.
    await waitUntil(async () => {
      await acme.publish({ type: 'cli.tail.first' });
      await sleep(300);
      return shows('first');
    }, 20_000);

    wire.forbid();
    await waitUntil(() => tail.complaints().includes('trying again'), 15_000);
    await acme.publish({ type: 'cli.tail.missed' });
    await acme.publish({ type: 'cli.other' });
    const missed = { types: ['cli.tail.missed'], status: ['DELIVERED'] };
    await waitUntil(async () => (await acme.deliveries(missed)).length === 1, 15_000);
    wire.allow();
    await waitUntil(() => shows('missed'), 15_000);
    tail.signal('SIGINT');
    expect(await tail.ended).toBe(0);
    const times = tail.lines.map((line) => line.slice(0, '00:00:00.000'.length));
    expect(times).toEqual(times.toSorted());
    expect(
      tail.lines.filter((line) => !/DELIVERED +cli\.tail\.\w+ → Tailed {2}attempt 1 {2}204 /.test(line)),
    ).toEqual([]);
    expect(tail.lines.filter((line) => line.includes('missed'))).toHaveLength(1);
  }, 60_000);

  it('ends when the key is refused, and when a cursor or an endpoint is wrong', async () => {
    const wrong = await run('tail', '--api-key', 'wrn_wrong');
    expect(wrong.code).toBe(1);
    expect(wrong.complaints).toMatch(/the API key was refused/);
    const cursor = await run('tail', '--after', 'x');
    expect(cursor.code).toBe(1);
    expect(cursor.complaints).toMatch(/^warren: .*cursor/i);
    const nowhere = await run('tail', '--endpoint', 'ep_00000000000000000000000000');
    expect(nowhere.code).toBe(1);
    expect(nowhere.complaints).toMatch(/^warren: there is no endpoint ep_0/);
  });
});

describe('warren replay', () => {
  it('sends again by id, and by conditions only when told yes', async () => {
    const { id } = await acme.endpoint({ url: receiver.url('/replay'), eventTypes: ['cli.replay'] });
    for (let count = 0; count < 3; count++) await acme.publish({ type: 'cli.replay' });
    const done = { endpointId: id, status: ['DELIVERED'] };
    await waitUntil(async () => (await acme.deliveries(done)).length === 3, 15_000);
    const [first] = await acme.deliveries(done);

    const byId = await run('replay', first?.id ?? '', '--json');
    expect(jsonOf(byId.lines[0])).toMatchObject({ status: 'COMPLETED', done: 1, skipped: 0 });
    expect(byId.code).toBe(0);
    await waitUntil(() => receiver.at('/replay').length === 4, 15_000);
    await waitUntil(async () => (await acme.deliveries(done)).length === 3, 15_000);

    const conditions = ['--endpoint', id, '--since', '1h', '--status', 'delivered'];
    expect((await run('replay', ...conditions, '--dry-run')).lines).toEqual(['3 deliveries']);
    const unasked = await run('replay', ...conditions);
    expect(unasked.complaints).toBe('warren: this would send again 3 deliveries: add --yes to do it\n');
    expect(unasked.code).toBe(1);
    expect(receiver.at('/replay')).toHaveLength(4);

    const { lines, code } = await run('replay', ...conditions, '--yes');
    expect(lines).toEqual([expect.stringMatching(/^COMPLETED {2}rpl_\w+ {2}3 sent again, 0 skipped$/)]);
    expect(code).toBe(0);
    await waitUntil(() => receiver.at('/replay').length === 7, 15_000);
  }, 60_000);

  it.each([
    ['--endpoint', 'ep_00000000000000000000000000', 'endpoint'],
    ['--subscription', 'sub_00000000000000000000000000', 'subscription'],
  ])('says of an unknown %s that there is none', async (option, id, noun) => {
    const counted = await run('replay', option, id, '--dry-run');
    expect(counted).toMatchObject({ code: 1, lines: [] });
    expect(counted.complaints).toMatch(new RegExp(`^warren: there is no ${noun} ${id}`));
  });

  it('says that there is no such replay to cancel', async () => {
    const none = await run('replay', '--cancel', 'rpl_00000000000000000000000000');
    expect(none).toMatchObject({ code: 1, lines: [] });
    expect(none.complaints).toMatch(/^warren: .*replay/i);
  });
});

describe('what an operator runs', () => {
  it.each<[string, object]>([
    ['migrate', { applied: [] }],
    ['reseal', { count: expect.any(Number) as number }],
    ['reconcile', { sent: expect.any(Number) as number }],
  ])('answers programs in one line of JSON: %s', async (command, answer) => {
    const { code, lines } = await runCommand([command, '--json'], warren.env);
    expect(lines.map((line) => jsonOf(line))).toEqual([answer]);
    expect(code).toBe(0);
  });
});

describe('what goes wrong', () => {
  it.each<[string, string[], RegExp]>([
    ['a wrong key', ['--api-key', 'wrn_wrong'], /^warren: the API key was refused: set WARREN_API_KEY/],
    ['nothing at the address', ['--url', 'http://127.0.0.1:2'], /^warren: nothing answers at .*ECONNREFUSED/],
    ['an event that is refused', ['--data', '{}', '--type-version', '9'], /^warren: .*version/],
    ['a tenant that is not there', ['--tenant', 'nope'], /^warren: this key reaches no tenant "nope": set W/],
    [
      'a key over all tenants, and none named',
      ['--api-key', OPERATOR_KEY, '--data', '{}'],
      /^warren: .*--tenant or WARREN_TENANT\.$/m,
    ],
  ])('is said in one line with what to do: %s', async (_, flags, message) => {
    const { code, complaints } = await run('trigger', 'cli.example', ...flags);
    expect(complaints).toMatch(message);
    expect(complaints.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });

  it.each(['migrate', 'reseal'])('is a database that is away: %s', async (command) => {
    const away = { ...warren.env, DATABASE_URL: 'mysql://me:hunter2@127.0.0.1:2/x' };
    const { code, complaints } = await runCommand([command], away);
    expect(complaints).toMatch(
      /^warren: the database cannot be used \(.*ECONNREFUSED.*\): check DATABASE_URL/,
    );
    expect(complaints).not.toContain('hunter2');
    expect(code).toBe(1);
  });

  it('is the one delivery of several that is not there', async () => {
    const missing = 'dlv_00000000000000000000000000';
    const { code, complaints } = await run('replay', missing, 'dlv_x');
    const why = 'There is no such delivery';
    expect(complaints).toBe(`warren: ${missing}: ${why}; dlv_x: ${why}\n`);
    expect(code).toBe(1);
  });
});

/** The first request that arrives at a path for an event of this type. */
async function delivering(type: string, path: string) {
  const { code } = await run('trigger', type, '--data', '{"n":1}', '--wait');
  expect(code).toBe(0);
  return receiver.at(path) as [Receiver['arrivals'][number]];
}
