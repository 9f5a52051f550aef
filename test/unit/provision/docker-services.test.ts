import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServicesOn } from '../../../src/provision/services';
import { answering, stopAnswering } from './answering-server';
import { connectionStart, mysqlHandshake } from './canned-greetings';
import { madeUpMachine, type Answers } from './made-up-machine';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-docker-'))));
afterEach(() => {
  stopAnswering();
  rmSync(folder, { recursive: true, force: true });
});

const COMPOSE = {
  services: {
    warren: { image: 'warren:dev' },
    broker: {
      image: 'rabbitmq:4',
      environment: { RABBITMQ_DEFAULT_USER: 'wu', RABBITMQ_DEFAULT_PASS: 'p@ss' },
    },
    store: { image: 'docker.io/library/mariadb:11', environment: { MARIADB_ROOT_PASSWORD: 'r/t' } },
  },
};

/** A Docker engine whose containers are two servers of this test. */
async function dockerAnswers(
  more: Answers = {},
): Promise<{ answers: Answers; amqp: number; database: number }> {
  const amqp = await answering(connectionStart('in-docker'));
  const database = await answering(mysqlHandshake('11.4.2-MariaDB'));
  const answers: Answers = {
    ...more,
    'docker info': () => ({ stdout: '28.2.2\n' }),
    'compose version': () => ({ stdout: 'v2.40' }),
    'config --format json': () => ({ stdout: JSON.stringify(COMPOSE) }),
    ' up --detach --wait ': () => ({}),
    ' port broker 5672': () => ({ stdout: `127.0.0.1:${amqp}\n` }),
    ' port store 3306': () => ({ stdout: `127.0.0.1:${database}\n` }),
    ' stop ': () => ({}),
  };
  return { answers, amqp, database };
}

const facts = { composeFile: '/clone/docker/compose.yaml' };
const options = (env: NodeJS.ProcessEnv = {}) => ({
  dataDir: folder,
  env: { PATH: '', ...env },
  report: () => undefined,
});

it('starts the two services of the compose file and reads their passwords from it', async () => {
  const { answers, amqp, database } = await dockerAnswers();
  const machine = madeUpMachine(answers, facts);
  const services = await findServicesOn(machine, options());
  expect(services.amqpUrl).toBe(`amqp://wu:p%40ss@127.0.0.1:${amqp}`);
  expect(services.databaseUrl).toBe(`mysql://root:r%2Ft@127.0.0.1:${database}/warren`);
  expect(services.origin.amqp).toBe(`Docker, service broker on 127.0.0.1:${amqp}`);

  const start = machine.commands.find((line) => line.includes(' up '));
  expect(start).toMatch(
    /^docker compose --file \/clone\/docker\/compose.yaml --project-name warren-[0-9a-f]{8} up --detach --wait broker store$/,
  );
  expect(machine.commands.join()).not.toContain(' stop ');
  await services.stop();
  expect(
    machine.commands.filter((line) => line.includes(' stop ')).map((line) => line.split(' ').at(-1)),
  ).toEqual(['broker', 'store']);
});

it('starts only the service that the environment does not give', async () => {
  const { answers, amqp } = await dockerAnswers();
  const machine = madeUpMachine(answers, facts);
  const given = `amqp://127.0.0.1:${amqp}`;
  const services = await findServicesOn(machine, options({ AMQP_URL: given }));
  expect(services.amqpUrl).toBe(given);
  expect(machine.commands.find((line) => line.includes(' up '))).toMatch(/ --wait store$/);
  await services.stop();
  expect(machine.commands.join()).not.toContain('stop --timeout 4 broker');
});

it('stops the containers again and tells what Docker said when one does not start', async () => {
  const failing = { ' up --detach': () => ({ exitCode: 1, stderr: 'no space left on device' }) };
  const { answers } = await dockerAnswers(failing);
  const machine = madeUpMachine(answers, facts);
  await expect(findServicesOn(machine, options())).rejects.toThrow(
    /up --detach .* failed:\nno space left on device/,
  );
  expect(machine.commands.at(-1)).toMatch(/ stop --timeout 4 broker store$/);
});

it.each([
  ['no Docker engine answers', { 'docker info': () => ({ stdout: '\n' }) }, facts],
  ['without its compose plugin', { 'compose version': () => ({ exitCode: 1 }) }, facts],
  ['docker/compose.yaml is missing', {}, { composeFile: null }],
])('is passed over with a reason: %s', async (reason, more, machineFacts) => {
  const { answers } = await dockerAnswers(more);
  const machine = madeUpMachine({ ...answers, ...more }, machineFacts);
  await expect(findServicesOn(machine, options())).rejects.toThrow(reason);
  expect(machine.commands.join()).not.toContain(' up ');
});
