#!/usr/bin/env node
'use strict';
/**
 * The way in from a fresh clone: installs and builds what is missing or out of date, then runs the program. Node's own
 * modules only, since nothing is installed yet; everything it says goes to stderr, since stdout is the program's.
 *
 *   bootstrap.cjs test|bench|chaos|fuzz [args]   the tests, benchmarks, fault tests, fuzzing; they find their args in argv[2…]
 *   bootstrap.cjs build                     nothing more
 *   bootstrap.cjs <command> [args]          `warren <command>`
 */
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { readIfThere, withLock } = require('./bootstrap-lock.cjs');
const { PORTAL, isPortalBuilt } = require('./build-portal.cjs');

const ROOT = path.resolve(__dirname, '../..');
const OLDEST_NODE = [20, 19];
/** What the build is made of; the lock file stands for the types of what is installed. */
const SOURCES = ['src', 'test', 'ormconfig.ts', 'tsconfig.json', 'package-lock.json'];
const PROGRAMS = {
  test: 'dist/test/support/run-tests.js',
  bench: 'dist/test/bench/run.js',
  chaos: 'dist/test/chaos/run.js',
  fuzz: 'dist/test/fuzz/run.js',
};

const at = (...parts) => path.join(ROOT, ...parts);
const say = (text) => process.stderr.write(`${text}\n`);

/** What is wrong, for people: printed without a stack. */
class BootstrapError extends Error {}

function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new BootstrapError(
    `Warren needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.version}. ` +
      'Install a current Node (https://nodejs.org, nvm, fnm) and try again.',
  );
}

/** An npm package that was installed has no sources to build, and its dependencies came with it. */
const isInstalledPackage = () => !fs.existsSync(at('tsconfig.json')) && fs.existsSync(at('dist'));

async function ensureInstalled() {
  if (isInstalled()) return;
  await withLock(at('.warren-install.lock'), async () => {
    if (isInstalled()) return;
    say('warren: installing dependencies (npm ci), about a minute the first time');
    const npm = npmCommand();
    const args = [...npm.args, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const exitCode = await run(npm.command, args);
    if (exitCode !== 0) {
      throw new BootstrapError(
        `npm ci failed (exit code ${exitCode}). Mend what it says above and try again.`,
      );
    }
    fs.writeFileSync(at('node_modules/.warren-lock-hash'), lockHash());
  });
}

function isInstalled() {
  const hashFile = at('node_modules/.warren-lock-hash');
  if (readIfThere(hashFile) === lockHash()) return true;
  if (!holdsWhatTheLockSays()) return false;
  // Somebody ran npm by hand, and the result is the same.
  fs.writeFileSync(hashFile, lockHash());
  return true;
}

const lockHash = () =>
  createHash('sha256')
    .update(fs.readFileSync(at('package-lock.json')))
    .digest('hex');

/** npm's own record of what is in node_modules, compared with the lock file; optional packages may be absent. */
function holdsWhatTheLockSays() {
  const record = readIfThere(at('node_modules/.package-lock.json'));
  if (record === null) return false;
  const installed = JSON.parse(record).packages;
  const locked = JSON.parse(fs.readFileSync(at('package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(([name, { version, optional, peer }]) => {
    if (name === '') return true;
    return installed[name] ? installed[name].version === version : Boolean(optional || peer);
  });
}

/** The npm that runs us when there is one: the `npm` on the PATH may belong to another Node. */
function npmCommand() {
  const ownNpm = process.env.npm_execpath;
  if (ownNpm && /npm-cli\.c?js$/.test(ownNpm)) return { command: process.execPath, args: [ownNpm] };
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] };
}

async function ensureBuilt() {
  if (!isBuilt()) await buildProgram();
  if (!isPortalBuilt()) await ensurePortal();
  if (!isGuideBuilt()) await buildGuide();
}

async function buildProgram() {
  await withLock(at('.warren-build.lock'), async () => {
    if (isBuilt()) return;
    say('warren: building (tsc)');
    const startedAt = new Date();
    const exitCode = await run(process.execPath, [
      at('node_modules/typescript/bin/tsc'),
      '-p',
      at('tsconfig.json'),
    ]);
    if (exitCode !== 0) throw new BootstrapError('The build failed: see the errors of the compiler above.');
    const stamp = at('dist/.built-at');
    fs.writeFileSync(stamp, startedAt.toISOString());
    // A file that was saved while the compiler ran is newer than this, so that the next start builds again.
    fs.utimesSync(stamp, startedAt, startedAt);
  });
}

async function ensurePortal() {
  await withLock(at('.warren-build.lock'), async () => {
    if (isPortalBuilt()) return;
    say('warren: building the portal (vite)');
    // A process of its own: Vite sets NODE_ENV, which the program that runs next would inherit.
    const exitCode = await run(process.execPath, [path.join(__dirname, 'build-portal.cjs')]);
    if (exitCode !== 0) throw new BootstrapError('The portal could not be built: see the errors above.');
  });
}

/** What the pages at /docs/guide are made of. */
const PAGES = ['docs', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

function isGuideBuilt() {
  if (!fs.existsSync(at('docs/README.md'))) return true;
  const built = fs.statSync(at('dist/docs'), { throwIfNoEntry: false });
  return built !== undefined && PAGES.every((name) => newestChangeMs(at(name)) <= built.mtimeMs);
}

/** A second's work. Without it everything but /docs/guide is there, so nothing else waits for it to succeed. */
async function buildGuide() {
  const exitCode = await run(process.execPath, [path.join(__dirname, 'build-docs.cjs')]);
  if (exitCode !== 0) say('warren: the guide could not be built: see the error above');
}

function isBuilt() {
  const stamp = fs.statSync(at('dist/.built-at'), { throwIfNoEntry: false });
  return stamp !== undefined && SOURCES.every((name) => newestChangeMs(at(name)) <= stamp.mtimeMs);
}

/** Folders count too: their time changes when a file is deleted. The portal has a build of its own. */
function newestChangeMs(file) {
  if (file === PORTAL) return 0;
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(
    found.mtimeMs,
    ...fs.readdirSync(file).map((name) => newestChangeMs(path.join(file, name))),
  );
}

/** Both outputs go to our stderr. Resolves to the exit code. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
      shell: command.endsWith('.cmd'),
    });
    child.once('error', (error) => reject(new BootstrapError(`cannot run ${command}: ${error.message}`)));
    child.once('exit', (code, signal) => resolve(code ?? `signal ${signal}`));
  });
}

function startProgram() {
  process.setSourceMapsEnabled(true);
  const program = Object.hasOwn(PROGRAMS, process.argv[2] ?? '') ? PROGRAMS[process.argv[2]] : undefined;
  if (program) process.argv.splice(2, 1);
  require(at(program ?? 'dist/src/main.js'));
}

async function main() {
  checkNodeVersion();
  if (!isInstalledPackage()) {
    await ensureInstalled();
    await ensureBuilt();
  }
  if (process.argv[2] !== 'build') startProgram();
}

function start() {
  main().catch((error) => {
    say(`warren: ${error instanceof BootstrapError ? error.message : error.stack}`);
    process.exitCode = 1;
  });
}

module.exports = { ensureInstalled, ensureBuilt, start };

if (require.main === module) start();
