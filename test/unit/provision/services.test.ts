import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProvisionError } from '../../../src/provision/provision-error';
import { findServicesOn, type Services } from '../../../src/provision/services';
import { answering, stopAnswering } from './answering-server';
import { connectionStart, mysqlHandshake } from './canned-greetings';
import { madeUpMachine, type MadeUpMachine } from './made-up-machine';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-services-'))));
afterEach(() => {
  stopAnswering();
  rmSync(folder, { recursive: true, force: true });
});

const find = (machine: MadeUpMachine, env: NodeJS.ProcessEnv = {}): Promise<Services> =>
  findServicesOn(machine, {
    dataDir: join(folder, 'data'),
    env: { PATH: folder, ...env },
    report: () => undefined,
  });

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProvisionError);
  return (error as Error).message;
}

describe('on a machine that has nothing', () => {
  it('says in one message what to install, and what was tried', async () => {
    const message = await failureOf(find(madeUpMachine()));
    expect(message).toContain('needs RabbitMQ 3.10 or newer and MariaDB 10.6 or MySQL 8.0 or newer');
    expect(message).toContain('sudo apt-get install rabbitmq-server mariadb-server');
    expect(message).toContain('brew install rabbitmq mariadb');
    expect(message).toContain('AMQP_URL=amqp://');
    expect(message).toContain('DATABASE_URL=mysql://');
    expect(message).toContain('- rabbitmq-server is not installed');
    expect(message).toContain('- neither mariadbd nor mysqld is installed');
    expect(message).toContain('- no Docker engine answers');
    expect(message).toContain('- there is no apt-get here');
  });

  it('names only the server that is missing', async () => {
    const port = await answering(connectionStart('theirs'));
    const message = await failureOf(find(madeUpMachine(), { AMQP_URL: `amqp://127.0.0.1:${port}` }));
    expect(message).toContain('apt-get install mariadb-server\n');
    expect(message).not.toContain('rabbitmq');
  });

  it('leaves the data folder unlocked after a failure', async () => {
    await failureOf(find(madeUpMachine()));
    expect(existsSync(join(folder, 'data', 'lock.json'))).toBe(false);
  });

  it('says why a database that is there cannot be used', async () => {
    writeFileSync(join(folder, 'mysqld'), '', { mode: 0o755 });
    const old = madeUpMachine({
      'mysqld --no-defaults --version': () => ({ stdout: 'mysqld  Ver 5.7.44 for Linux' }),
    });
    expect(await failureOf(find(old))).toContain('mysqld is too old (5.7.44)');
  });

  it.each([
    ['apt-get needs root', { isRoot: false }],
    ['Homebrew is not installed', { platform: 'darwin' as const }],
  ])('says that %s when that is the reason', async (reason, facts) => {
    writeFileSync(join(folder, 'apt-get'), '', { mode: 0o755 });
    expect(await failureOf(find(madeUpMachine({}, facts)))).toContain(reason);
  });
});

describe('servers of the environment', () => {
  it('are used as they are, without a look at the machine or the data folder', async () => {
    const amqp = `amqp://u:p@127.0.0.1:${await answering(connectionStart('theirs'))}/v?heartbeat=5`;
    const database = `mysql://u:p@127.0.0.1:${await answering(mysqlHandshake('8.4.3'))}/d?ssl=false`;
    const machine = madeUpMachine();
    const services = await find(machine, { AMQP_URL: amqp, DATABASE_URL: database });
    expect(services).toMatchObject({
      amqpUrl: amqp,
      databaseUrl: database,
      origin: { amqp: 'AMQP_URL of the environment', database: 'DATABASE_URL of the environment' },
    });
    await services.stop();
    expect(machine.commands).toEqual([]);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('may be a cluster of which one node answers', async () => {
    const port = await answering(connectionStart('theirs'));
    const amqp = `amqp://u:p@127.0.0.1:1,amqp://u:p@127.0.0.1:${port}`;
    const database = `mysql://127.0.0.1:${await answering(mysqlHandshake('8.4.3'))}`;
    const services = await find(madeUpMachine(), { AMQP_URL: amqp, DATABASE_URL: database });
    expect(services.amqpUrl).toBe(amqp);
  });

  it.each([
    [
      'AMQP_URL',
      'amqp://user:hushhush@127.0.0.1:1/v',
      /no RabbitMQ answers at AMQP_URL: 127.0.0.1:1 \(ECONNREFUSED\)/,
    ],
    [
      'DATABASE_URL',
      'mysql://user:hushhush@127.0.0.1:1/d',
      /no MySQL or MariaDB answers.*127.0.0.1:1.*unset DATABASE_URL/,
    ],
    [
      'AMQP_URL',
      'http://user:hushhush@127.0.0.1/',
      /AMQP_URL is not a URL.*amqp:\/\/user:password@host:5672\/name/,
    ],
    ['DATABASE_URL', 'hushhush', /DATABASE_URL is not a URL.*mysql:\/\/user:password@host:3306\/name/],
  ])(
    'that cannot be used (%s=%s) fail with what to do, without the password',
    async (name, value, expected) => {
      const message = await failureOf(find(madeUpMachine(), { [name]: value }));
      expect(message).toMatch(expected);
      expect(message).not.toContain('hushhush');
    },
  );

  it('that answer in another protocol fail', async () => {
    const port = await answering(mysqlHandshake('8.4.3'));
    const message = await failureOf(find(madeUpMachine(), { AMQP_URL: `amqp://127.0.0.1:${port}` }));
    expect(message).toContain('it speaks another protocol');
  });
});

describe('a package manager', () => {
  const facts = { isRoot: true };
  beforeEach(() => writeFileSync(join(folder, 'apt-get'), '', { mode: 0o755 }));

  it('is announced before it runs, refreshes its lists when it has none, and its failure is told', async () => {
    const machine = madeUpMachine(
      { install: () => ({ exitCode: 100, stderr: 'E: Unable to locate package' }) },
      facts,
    );
    const steps: string[] = [];
    const promise = findServicesOn(machine, {
      dataDir: folder,
      env: { PATH: folder },
      report: (step) =>
        steps.push(`${step} | ${machine.commands.filter((line) => line.startsWith('apt')).length} run`),
    });
    expect(await failureOf(promise)).toContain(
      'could not install rabbitmq-server mariadb-server: E: Unable to locate',
    );
    const install = 'apt-get install --yes --no-install-recommends rabbitmq-server mariadb-server';
    expect(machine.commands.filter((line) => line.startsWith('apt'))).toEqual([
      install,
      'apt-get update',
      install,
    ]);
    expect(steps[0]).toMatch(/^installing rabbitmq-server and mariadb-server with apt-get.* \| 0 run$/);
    expect(steps[1]).toBe(`running: ${install} | 0 run`);
  });

  it('installs only what is missing, and what it installed is then started', async () => {
    const broken = '#!/bin/sh\necho this stand-in does not start; exit 7\n';
    const install = () => {
      writeFileSync(join(folder, 'rabbitmq-server'), broken, { mode: 0o755 });
      return {};
    };
    const machine = madeUpMachine({ 'apt-get install': install }, facts);
    const port = await answering(mysqlHandshake('8.4.3'));
    const message = await failureOf(find(machine, { DATABASE_URL: `mysql://127.0.0.1:${port}` }));
    expect(machine.commands).toContain('apt-get install --yes --no-install-recommends rabbitmq-server');
    expect(message).toMatch(/RabbitMQ stopped while starting \(exit code 7\)/);
    expect(message).toContain('this stand-in does not start');
  });
});
