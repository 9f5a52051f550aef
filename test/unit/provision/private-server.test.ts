import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProcess, processesWith } from '../../../src/provision/machine/processes';
import { greetDatabase } from '../../../src/provision/probe/mysql-greeting';
import { startPrivateServer, type ServerRecipe } from '../../../src/provision/private-server';
import { mysqlHandshake } from './canned-greetings';

let folder: string;
let steps: string[];
const options = { report: (step: string) => steps.push(step) };
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'warren-private-'));
  steps = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Greets like a database, or says why it cannot listen and exits. */
const PROGRAM = `
const net = require('node:net');
const greeting = Buffer.from('${mysqlHandshake('8.4.3').toString('base64')}', 'base64');
net.createServer((socket) => socket.resume().on('error', () => {}).write(greeting)).listen(Number(process.argv[1]), '127.0.0.1');
`;

function recipe(changes: Partial<ServerRecipe> = {}): ServerRecipe & { cleaned: number[] } {
  const cleaned: number[] = [];
  const marker = `--warren-data=${folder}`;
  return {
    title: 'Stand-in',
    binary: process.execPath,
    folder,
    portCount: 1,
    marker,
    prepare: () => undefined,
    command: ({ ports }) => ({
      command: process.execPath,
      args: ['-e', PROGRAM, '--', String(ports[0]), marker],
      env: process.env,
    }),
    isReady: async ({ ports }) => {
      const ours = processesWith(marker).length > 0;
      return ours && (await greetDatabase({ host: '127.0.0.1', port: ports[0] ?? 0 }, 1_000)).answered;
    },
    cleanUp: ({ ports }) => void cleaned.push(ports[0] ?? 0),
    url: ({ ports }) => `stand-in://127.0.0.1:${ports[0] ?? 0}`,
    cleaned,
    ...changes,
  };
}

it('starts on a free port, keeps the port for the next start, and leaves no process', async () => {
  const first = await startPrivateServer(recipe(), options);
  await first.stop();
  expect(processesWith(`--warren-data=${folder}`)).toEqual([]);
  const again = recipe();
  const second = await startPrivateServer(again, options);
  expect(second.url).toBe(first.url);
  await second.stop();
  expect(again.cleaned.map((port) => `stand-in://127.0.0.1:${port}`)).toEqual([first.url, first.url]);
});

it('takes another port when somebody else has the kept one', async () => {
  const first = await startPrivateServer(recipe(), options);
  await first.stop();
  const squatter = createServer().listen(Number(first.url.split(':').at(-1)), '127.0.0.1');
  await once(squatter, 'listening');
  const second = await startPrivateServer(recipe(), options);
  expect(second.url).not.toBe(first.url);
  await second.stop();
  squatter.close();
});

it('tries other ports when one is taken between the choice and the start', async () => {
  const squatters: Server[] = [];
  const squat = async ({ ports }: { ports: number[] }) => {
    if (squatters.length > 0) return;
    const server = createServer().listen(ports[0], '127.0.0.1');
    squatters.push(server);
    await once(server, 'listening');
  };
  const server = await startPrivateServer(recipe({ prepare: squat }), options);
  expect(steps.join('\n')).toContain('another program took its port');
  expect(server.origin).toContain('private');
  await server.stop();
  squatters[0]?.close();
});

it('uses the healthy server that a killed run left behind, and stops that one in the end', async () => {
  const left = await startPrivateServer(recipe(), options);
  const [before] = processesWith(`--warren-data=${folder}`);
  const adopted = await startPrivateServer(recipe(), options);
  expect(adopted.url).toBe(left.url);
  expect(adopted.origin).toContain('left by an earlier run');
  expect(processesWith(`--warren-data=${folder}`)).toEqual([before]);
  await adopted.stop();
  expect(processesWith(`--warren-data=${folder}`)).toEqual([]);
});

it('stops a server of a killed run that does not answer and starts a new one', async () => {
  await startPrivateServer(recipe(), options);
  const [deaf] = processesWith(`--warren-data=${folder}`);
  let asked = 0;
  const made = recipe();
  const server = await startPrivateServer(
    { ...made, isReady: (instance) => (asked++ === 0 ? Promise.resolve(false) : made.isReady(instance)) },
    options,
  );
  expect(steps.join('\n')).toContain('stopping Stand-in of an earlier run, which does not answer');
  expect(findProcess(deaf?.pid ?? 0)).toBeNull();
  expect(processesWith(`--warren-data=${folder}`)).toHaveLength(1);
  await server.stop();
});

it('does not touch a server on another folder that begins with the same name', async () => {
  const neighbour = spawn(process.execPath, [
    '-e',
    'setInterval(() => {}, 1e6)',
    '--',
    `--warren-data=${folder}2`,
  ]);
  await once(neighbour, 'spawn');
  const server = await startPrivateServer(recipe(), options);
  await server.stop();
  expect(findProcess(neighbour.pid ?? 0)).not.toBeNull();
  neighbour.kill('SIGKILL');
});

it('stops what it started when it is told to give up', async () => {
  const giveUp = new AbortController();
  const isReady = () => {
    giveUp.abort(new Error('Ctrl-C'));
    return Promise.resolve(false);
  };
  await expect(
    startPrivateServer(recipe({ isReady }), { ...options, signal: giveUp.signal }),
  ).rejects.toThrow('Ctrl-C');
  expect(processesWith(`--warren-data=${folder}`)).toEqual([]);
});

it('starts with a damaged record of the last start', async () => {
  writeFileSync(join(folder, 'instance.json'), '{"id":');
  const server = await startPrivateServer(recipe(), options);
  expect(JSON.parse(readFileSync(join(folder, 'instance.json'), 'utf8'))).toMatchObject({
    ports: [expect.any(Number)],
  });
  await server.stop();
});
