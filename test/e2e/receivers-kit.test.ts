import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { makeSigner } from '../../src/domain/request/signature';
import { newHmacSecret } from '../../src/domain/request/webhook-secret';
import { freePorts } from '../../src/provision/free-port';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const GUIDE = readFileSync(join(__dirname, '../../docs/guides/receive.md'), 'utf8');

interface Program {
  name: string;
  language: string;
  /** What tells it from the others in its language. */
  holds: string;
  file: string;
  runtime: string;
  /** @param file as it lies in the folder of the test */
  run(file: string, port: number): string[];
}

/** The programs of the guide that need nothing but a runtime and what is installed here. */
const OWN: Program[] = (
  [
    {
      name: 'Node',
      language: 'js',
      holds: 'standardwebhooks',
      file: 'receive.mjs',
      runtime: process.execPath,
    },
    { name: 'Python', language: 'python', holds: 'import hmac', file: 'receive.py', runtime: 'python3' },
    { name: 'Ruby', language: 'ruby', holds: 'OpenSSL', file: 'receive_plainly.rb', runtime: 'ruby' },
    {
      ...{ name: 'Java', language: 'java', holds: 'ReceivePlainly', runtime: 'java' },
      file: 'ReceivePlainly.java',
    },
    {
      ...{ name: 'PHP', language: 'php', holds: 'hash_hmac', file: 'receive_plainly.php', runtime: 'php' },
      run: (file, port) => ['php', '-S', `127.0.0.1:${port}`, file],
    },
    {
      ...{ name: 'Go', language: 'go', holds: 'crypto/hmac', file: 'plain.go', runtime: 'go' },
      run: (file) => ['sh', '-c', `go build -o receive-plainly ${file} && exec ./receive-plainly`],
    },
  ] satisfies (Omit<Program, 'run'> & Partial<Program>)[]
).map((program) => ({ run: (file: string) => [program.runtime, file], ...program }));

/** Folder `libraries` of github.com/standard-webhooks/standard-webhooks, for the programs that want it. */
const LIBRARIES = process.env.STANDARD_WEBHOOKS_LIBRARIES;
const WITH_LIBRARIES: Program[] = [
  {
    ...{ name: 'Python with the library', language: 'python', holds: 'from standardwebhooks' },
    ...{ file: 'receive_with_library.py', runtime: 'python3' },
    run: (file) => ['python3', file],
  },
  {
    ...{
      name: 'PHP with the library',
      language: 'php',
      holds: 'StandardWebhooks',
      file: 'receive.php',
      runtime: 'php',
    },
    run: (file, port) => ['php', '-S', `127.0.0.1:${port}`, file],
  },
  {
    ...{ name: 'Ruby with the library', language: 'ruby', holds: 'standardwebhooks' },
    ...{ file: 'receive.rb', runtime: 'ruby' },
    run: (file) => ['ruby', '-I', join(LIBRARIES ?? '', 'ruby/lib'), file],
  },
  {
    ...{
      name: 'Go with the library',
      language: 'go',
      holds: 'standardwebhooks',
      file: 'main.go',
      runtime: 'go',
    },
    // `go run` would leave the program behind.
    run: (file) => ['sh', '-c', `go build -o receive ${file} && exec ./receive`],
  },
];
const PROGRAMS = [...OWN, ...(LIBRARIES === undefined ? [] : WITH_LIBRARIES)].filter(({ runtime }) =>
  isHere(runtime),
);

/** What Composer, pip and go get would have made. */
function layLibraries(): void {
  if (LIBRARIES === undefined) return;
  mkdirSync(join(folder, 'vendor'));
  writeFileSync(
    join(folder, 'vendor/autoload.php'),
    `<?php foreach (['Exception/WebhookVerificationException', 'Webhook'] as $name) require "${LIBRARIES}/php/src/$name.php";`,
  );
  symlinkSync(join(LIBRARIES, 'python/standardwebhooks'), join(folder, 'standardwebhooks'));
  const library = 'github.com/standard-webhooks/standard-webhooks/libraries';
  writeFileSync(
    join(folder, 'go.mod'),
    `module receive\n\nrequire ${library} v0.0.0\n\nreplace ${library} => ${LIBRARIES}\n`,
  );
}

function isHere(runtime: string): boolean {
  try {
    // The guide's program in Ruby has a server that Ruby leaves to a gem.
    const ask = { java: '-version', go: 'version', ruby: '-rwebrick' }[runtime] ?? '--version';
    execFileSync(runtime, [ask], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function programOf({ language, holds }: Program): string {
  const fences = GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  const found = [...fences].map(([, text = '']) => text).filter((text) => text.includes(holds));
  if (found.length !== 1) throw new Error(`the guide has ${found.length} such programs in ${language}`);
  return found[0] ?? '';
}

let warren: WarrenUnderTest;
let acme: TenantUnderTest;
/** Below the repository, so that a program finds its packages. */
let folder: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  acme = await warren.tenant('acme', graphqlUrl);
  mkdirSync('dist', { recursive: true });
  folder = resolve(mkdtempSync(join('dist', 'receivers-')));
  layLibraries();
}, 60_000);
afterAll(async () => {
  await Promise.all(running.map((program) => (program.kill('SIGKILL'), once(program, 'close'))));
  rmSync(folder, { recursive: true });
  await warren.end();
}, 60_000);

async function start(program: Program, secret: string) {
  const [port = 0] = await freePorts(1);
  const file = join(folder, program.file);
  writeFileSync(file, programOf(program).replace('8080', String(port)));
  const [command = '', ...args] = program.run(file, port);
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr])
    createInterface({ input: output }).on('line', (line) => void lines.push(line));
  // Go's first build takes its time on a small machine.
  await waitUntil(() => isListening(port), 90_000);
  return { url: `http://127.0.0.1:${port}/`, lines };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => void socket.destroy());
    socket.on('close', (hadError) => resolve(!hadError));
    socket.on('error', () => undefined);
  });
}

it('has programs to run', () => {
  expect(PROGRAMS.map(({ name }) => name)).toContain('Node');
});

it.each(PROGRAMS.map((program) => [program.name, program] as const))(
  'the program for %s takes a real delivery, and refuses one that is forged or old',
  async (name, program) => {
    const secret = newHmacSecret();
    const { url, lines } = await start(program, secret);
    const type = `kit.${name.toLowerCase().replaceAll(' ', '_')}`;
    await acme.endpoint({ url, secret, eventTypes: [type], retrySchedule: [] });
    const data = Buffer.from('{"name":"Zoë – 🐇","id":12345678901234567890}');
    await warren.publish('acme', type, data);
    await waitUntil(
      async () => (await acme.deliveries({ types: [type] }))[0]?.status === 'DELIVERED',
      15_000,
    );
    const [delivery] = await acme.deliveries({ types: [type] });
    // Some write the time before it.
    await waitUntil(() => lines.some((line) => line.endsWith(`${delivery?.id ?? ''} ${type}`)), 5000);

    const body = Buffer.from(`{"type":"${type}"}`);
    const post = async (signedBy: string, seconds: number, sent = body): Promise<number> => {
      const headers = {
        'content-type': 'application/json',
        'webhook-id': 'dlv_1',
        'webhook-timestamp': String(seconds),
        'webhook-signature': makeSigner([signedBy])('dlv_1', seconds, body),
        'warren-event-type': type,
      };
      return (await fetch(url, { method: 'POST', headers, body: new Uint8Array(sent) })).status;
    };
    const now = Math.floor(Date.now() / 1000);
    expect(await post(secret, now)).toBe(204);
    expect(await post(newHmacSecret(), now)).toBe(400);
    expect(await post(secret, now - 400)).toBe(400);
    expect(await post(secret, now, Buffer.from(`{"type":"${type}!"}`))).toBe(400);
  },
  120_000,
);
