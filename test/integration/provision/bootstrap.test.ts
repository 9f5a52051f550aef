import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { temporaryFolder } from './separate-process';

jest.setTimeout(60_000);

const SOURCE = resolve(__dirname, '../../../src/provision');
let clone: ReturnType<typeof temporaryFolder>;
const at = (name: string) => join(clone.path, name);

function write(name: string, text: string): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

/** Stands in for the compiler: notes its run, fails on a source that says so, and "compiles" by copying. */
const COMPILER = `
const fs = require('node:fs');
fs.appendFileSync('compiler-runs', '.');
if (fs.readFileSync('src/main.ts', 'utf8').includes('MISTAKE')) {
  console.log('src/main.ts(1,1): error TS0000: a mistake');
  process.exit(2);
}
for (const [from, to] of [['src/main.ts', 'dist/src/main.js'], ['test/run.ts', 'dist/test/support/run-tests.js']]) {
  fs.mkdirSync(to.slice(0, to.lastIndexOf('/')), { recursive: true });
  fs.copyFileSync(from, to);
}
`;

/** A project like ours whose only dependency is the stand-in compiler, so that npm needs no network. */
beforeEach(() => {
  clone = temporaryFolder();
  write('compiler/package.json', JSON.stringify({ name: 'typescript', version: '1.0.0' }));
  write('compiler/bin/tsc', COMPILER);
  const dependencies = { typescript: 'file:compiler' };
  const self = { name: 'clone', version: '1.0.0', devDependencies: dependencies };
  write('package.json', JSON.stringify(self));
  const packages = {
    '': self,
    compiler: { name: 'typescript', version: '1.0.0', dev: true },
    'node_modules/typescript': { resolved: 'compiler', link: true },
  };
  write('package-lock.json', JSON.stringify({ ...self, lockfileVersion: 3, packages }));
  write('tsconfig.json', '{}');
  write('src/main.ts', 'console.log(JSON.stringify(process.argv.slice(2)));');
  write('test/run.ts', 'console.log("tests", JSON.stringify(process.argv.slice(2)));');
  for (const name of ['bootstrap.cjs', 'bootstrap-lock.cjs', 'build-portal.cjs']) {
    cpSync(join(SOURCE, name), at(`src/provision/${name}`));
  }
});
afterEach(() => clone.remove());

interface Run {
  exitCode: number;
  stdout: string;
  stderr: string;
}

async function bootstrap(...args: string[]): Promise<Run> {
  const child = spawn(at('src/provision/bootstrap.cjs'), args, { cwd: '/' });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, ...output };
}

const compilerRuns = () =>
  existsSync(at('compiler-runs')) ? readFileSync(at('compiler-runs'), 'utf8').length : 0;

it('installs and builds a fresh clone once, and prints only the output of the program on stdout', async () => {
  const first = await bootstrap('up', '--json');
  expect(first).toMatchObject({ exitCode: 0, stdout: '["up","--json"]\n' });
  expect(first.stderr).toMatch(/installing dependencies[^]*building/);
  expect(existsSync(at('node_modules/typescript/bin/tsc'))).toBe(true);

  expect(await bootstrap('doctor')).toEqual({ exitCode: 0, stdout: '["doctor"]\n', stderr: '' });
  expect(await bootstrap('test', '--watch')).toEqual({
    exitCode: 0,
    stdout: 'tests ["--watch"]\n',
    stderr: '',
  });
  expect(await bootstrap('build')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(compilerRuns()).toBe(1);

  // A lock file that is newer than the build, then a source.
  const later = new Date(Date.now() + 5_000);
  utimesSync(at('package-lock.json'), later, later);
  expect(await bootstrap('build')).toEqual({ exitCode: 0, stdout: '', stderr: 'warren: building (tsc)\n' });
  const before = new Date(Date.now() - 60_000);
  utimesSync(at('package-lock.json'), before, before);
  utimesSync(at('src/main.ts'), later, later);
  expect((await bootstrap()).stderr).toBe('warren: building (tsc)\n');

  // npm by hand has the same result: nothing to install. Another lock file: install again.
  rmSync(at('node_modules/.warren-lock-hash'));
  expect((await bootstrap()).stderr).not.toContain('installing');
  write(
    'package-lock.json',
    readFileSync(at('package-lock.json'), 'utf8').replace(
      '"version":"1.0.0","dev"',
      '"version":"1.0.1","dev"',
    ),
  );
  write('compiler/package.json', JSON.stringify({ name: 'typescript', version: '1.0.1' }));
  expect((await bootstrap()).stderr).toContain('installing');
});

it('installs and builds once when two start at the same time, also beside the lock of a killed one', async () => {
  write('.warren-install.lock/pid', String(2 ** 22 + 1));
  const both = await Promise.all([bootstrap('a'), bootstrap('b')]);
  expect(both.map(({ stdout }) => stdout)).toEqual(['["a"]\n', '["b"]\n']);
  const said = both.map(({ stderr }) => stderr).join('');
  expect(said.match(/installing/g)).toHaveLength(1);
  expect(said).toContain('waiting for another process');
  expect(compilerRuns()).toBe(1);
  expect(existsSync(at('.warren-install.lock'))).toBe(false);
  expect(existsSync(at('.warren-build.lock'))).toBe(false);
});

it('shows what the compiler said, fails, and tries again the next time', async () => {
  write('src/main.ts', 'MISTAKE');
  const run = await bootstrap('up');
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('src/main.ts(1,1): error TS0000: a mistake');
  expect(run.stderr).toContain('warren: The build failed');
  write('src/main.ts', 'console.log("mended")');
  expect(await bootstrap('up')).toMatchObject({ exitCode: 0, stdout: 'mended\n' });
});

it('says so when npm fails, and does not go on', async () => {
  write('package-lock.json', '{}');
  const run = await bootstrap('up');
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toMatch(/npm (err|error)[^]*npm ci failed \(exit code 1\)/i);
  expect(compilerRuns()).toBe(0);
});

it('neither installs nor builds in an installed package', async () => {
  rmSync(at('tsconfig.json'));
  rmSync(at('package-lock.json'));
  write('dist/src/main.js', 'console.log("from the package")');
  expect(await bootstrap('up')).toEqual({ exitCode: 0, stdout: 'from the package\n', stderr: '' });
});
