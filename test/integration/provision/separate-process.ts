import { spawn, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const SOURCE = resolve(__dirname, '../../../src/provision');

/** src/provision as plain JavaScript in a folder of its own: nothing of node_modules is within its reach. */
export function compileProvision(folder: string): string {
  const target = join(folder, 'provision');
  for (const name of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    // Not the jest project's compiler: this is what a plain `node` must be able to run.
    const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
    const { outputText } = transpileModule(readFileSync(join(SOURCE, name), 'utf8'), {
      compilerOptions: options,
    });
    const file = join(target, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, outputText);
  }
  writeFileSync(join(target, 'hold.js'), HOLD_PROGRAM);
  return target;
}

/** Finds services, says where they are, holds them until its standard input ends, stops them and ends. */
const HOLD_PROGRAM = `
const { findServices } = require('./services.js');
const report = (step) => process.stderr.write(step + '\\n');
findServices({ dataDir: process.argv[2], env: process.env, report }).then((services) => {
  console.log(JSON.stringify(services));
  process.stdin.resume().on('end', () => services.stop().then(() => process.exit(0)));
}, (error) => { process.stderr.write(error.message + '\\n'); process.exit(1); });
`;

export interface Holder {
  process: ChildProcess;
  amqpUrl: string;
  databaseUrl: string;
  origin: { amqp: string; database: string };
  steps: () => string;
  /** Lets it stop its services; resolves to its exit code. */
  finish: () => Promise<number | null>;
}

export interface HoldOptions {
  compiled: string;
  dataDir: string;
  userId?: number | undefined;
  env?: NodeJS.ProcessEnv;
}

/** Starts another process that holds services, and waits until it has them. Rejects with what it said otherwise. */
export function holdServices({ compiled, dataDir, userId, env = process.env }: HoldOptions): Promise<Holder> {
  const child = spawn(process.execPath, [join(compiled, 'hold.js'), dataDir], {
    // The test run's own servers are in the environment; these are to start theirs.
    env: { ...env, AMQP_URL: '', DATABASE_URL: '' },
    cwd: compiled,
    ...(userId !== undefined && { uid: userId, gid: userId }),
  });
  let steps = '';
  child.stderr.on('data', (chunk: Buffer) => (steps += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const finish = () => {
    child.stdin.end();
    return ended;
  };
  return new Promise((done, reject) => {
    createInterface(child.stdout).once('line', (line) => {
      const found = JSON.parse(line) as Pick<Holder, 'amqpUrl' | 'databaseUrl' | 'origin'>;
      done({ ...found, process: child, steps: () => steps, finish });
    });
    void ended.then(() => reject(new Error(steps)));
  });
}

/** A new folder that is removed by `remove`; owned by `userId` when given. */
export function temporaryFolder(userId?: number): { path: string; remove: () => void } {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'warren-test-'));
  if (userId !== undefined) chownSync(path, userId, userId);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
