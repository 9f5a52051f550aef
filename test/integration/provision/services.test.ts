import { connect as connectAmqp } from 'amqplib';
import { readFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { isFree } from '../../../src/provision/free-port';
import { listProcesses } from '../../../src/provision/machine/processes';
import { findServices, type Services } from '../../../src/provision/services';
import { temporaryFolder } from './separate-process';

// Two starts take 20 s on an idle machine, and several times that on one that is busy with other tests.
jest.setTimeout(150_000);

const folder = temporaryFolder();
// Blanks and an apostrophe: scripts of both servers have to get such a path unharmed.
const dataDir = `${folder.path}/Anna's data`;
const ownEnv = { ...process.env, AMQP_URL: '', DATABASE_URL: '' };
const steps: string[] = [];
const find = (env: NodeJS.ProcessEnv = ownEnv) =>
  findServices({ dataDir, env, report: (step) => steps.push(step) });

afterAll(() => folder.remove());

/** Puts one message and one row where a later start has to find them. */
async function leaveSomething({ amqpUrl, databaseUrl }: Services): Promise<void> {
  const broker = await connectAmqp(amqpUrl);
  const channel = await broker.createConfirmChannel();
  await channel.assertQueue('kept', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  channel.sendToQueue('kept', Buffer.from('still here'), { persistent: true });
  await channel.waitForConfirms();
  await broker.close();
  const database = await createConnection(databaseUrl);
  await database.query('create table kept (word varchar(20)) charset utf8mb4');
  await database.query("insert into kept values ('☂ still here')");
  await database.end();
}

async function findSomething({
  amqpUrl,
  databaseUrl,
}: Services): Promise<{ message: unknown; rows: unknown }> {
  const broker = await connectAmqp(amqpUrl);
  const channel = await broker.createChannel();
  const message = await channel.get('kept', { noAck: false });
  await broker.close();
  const database = await createConnection(databaseUrl);
  const [rows] = await database.query('select word from kept');
  await database.end();
  return { message: message && message.content.toString(), rows };
}

const processesOfTheFolder = () => listProcesses().filter(({ command }) => command.includes(folder.path));

/** Of AMQP, Erlang's distribution, its port mapper (a daemon that no command line ties to us) and the database. */
async function takenPorts(): Promise<number> {
  const files = ['rabbitmq', 'mariadb'].map((name) =>
    readFileSync(`${dataDir}/${name}/instance.json`, 'utf8'),
  );
  const ports = files.flatMap((text) => (JSON.parse(text) as { ports: number[] }).ports);
  return (await Promise.all(ports.map(isFree))).filter((free) => !free).length;
}

it('starts both servers from nothing, keeps their data, and leaves no process behind', async () => {
  const services = await find();
  expect(services.amqpUrl).toMatch(/^amqp:\/\/guest:guest@127\.0\.0\.1:\d+$/);
  expect(services.databaseUrl).toMatch(/^mysql:\/\/root@127\.0\.0\.1:\d+\/warren$/);
  await leaveSomething(services);
  await expect(find()).rejects.toThrow(new RegExp(`already running on .*, pid ${process.pid}.*--data DIR`));

  expect(await takenPorts()).toBe(4);
  const stoppedAtMs = Date.now();
  await services.stop();
  expect(Date.now() - stoppedAtMs).toBeLessThan(5_000);
  expect(processesOfTheFolder()).toEqual([]);
  expect(await takenPorts()).toBe(0);

  const again = await find();
  expect(again.amqpUrl).toBe(services.amqpUrl);
  expect(await findSomething(again)).toEqual({ message: 'still here', rows: [{ word: '☂ still here' }] });

  const guests = await find({ ...ownEnv, AMQP_URL: again.amqpUrl, DATABASE_URL: again.databaseUrl });
  expect(guests).toMatchObject({ amqpUrl: again.amqpUrl, databaseUrl: again.databaseUrl });
  await guests.stop();
  await expect(findSomething(again)).resolves.toMatchObject({ message: 'still here' });
  await again.stop();
  await again.stop();
  expect(processesOfTheFolder()).toEqual([]);
});
