import { connect as connectAmqp } from 'amqplib';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { isFree } from '../../../src/provision/free-port';
import { listProcesses, processesWith, signalProcess } from '../../../src/provision/machine/processes';
import { findServices } from '../../../src/provision/services';
import { compileProvision, holdServices, temporaryFolder, type Holder } from './separate-process';

jest.setTimeout(150_000);

/** As root, the second of two is an ordinary user without a home; otherwise both are who we are. */
const ORDINARY_USER = process.getuid?.() === 0 ? 65_534 : undefined;

const program = temporaryFolder();
const ours = temporaryFolder();
const theirs = temporaryFolder(ORDINARY_USER);
const compiled = compileProvision(program.path);
chmodSync(program.path, 0o755);
const folders = [program, ours, theirs];

const processesIn = (folder: string) => listProcesses().filter(({ command }) => command.includes(folder));
const serversIn = (folder: string) => [
  ...processesWith(`-home ${folder}/rabbitmq/home`),
  ...processesWith(`--datadir=${folder}/mariadb/data`),
];
const portsOf = (folder: string) =>
  (JSON.parse(readFileSync(`${folder}/rabbitmq/instance.json`, 'utf8')) as { ports: number[] }).ports;
const ownEnv = { ...process.env, AMQP_URL: '', DATABASE_URL: '' };

async function expectBothAnswer({
  amqpUrl,
  databaseUrl,
}: Pick<Holder, 'amqpUrl' | 'databaseUrl'>): Promise<void> {
  await (await connectAmqp(amqpUrl)).close();
  await (await createConnection(databaseUrl)).end();
}

afterAll(() => {
  for (const { path } of folders) {
    for (const { pid } of serversIn(path)) signalProcess(pid, 'SIGKILL');
  }
  for (const folder of folders) folder.remove();
});

it('runs two instances at once, and takes over what a killed run left', async () => {
  const [first, second] = await Promise.all([
    holdServices({ compiled, dataDir: ours.path }),
    holdServices({ compiled, dataDir: theirs.path, userId: ORDINARY_USER }),
  ]);
  expect(new Set([first.amqpUrl, second.amqpUrl]).size).toBe(2);
  await expect(holdServices({ compiled, dataDir: ours.path })).rejects.toThrow(
    `already running on ${ours.path}, pid ${first.process.pid ?? 0}`,
  );

  expect(await second.finish()).toBe(0);
  expect(processesIn(theirs.path)).toEqual([]);
  await expectBothAnswer(first);

  first.process.kill('SIGKILL');
  await once(first.process, 'close');
  await expectBothAnswer(first);
  const left = serversIn(ours.path).map(({ pid }) => pid);
  expect(left).toHaveLength(2);

  const recovered = await findServices({ dataDir: ours.path, env: ownEnv, report: () => undefined });
  expect(recovered).toMatchObject({ amqpUrl: first.amqpUrl, databaseUrl: first.databaseUrl });
  expect(recovered.origin.amqp).toContain('left by an earlier run');
  expect(serversIn(ours.path).map(({ pid }) => pid)).toEqual(left);
  await expectBothAnswer(recovered);

  // Even a broker that died a hard death leaves nothing behind: not its shell, not its port mapper.
  const ports = portsOf(ours.path);
  signalProcess(left[0] ?? 0, 'SIGKILL');
  await recovered.stop();
  expect(processesIn(ours.path)).toEqual([]);
  expect(await Promise.all(ports.map(isFree))).toEqual(ports.map(() => true));
});
