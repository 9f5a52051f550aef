import { spawnSync } from 'node:child_process';
import { findBinary, pathFolders } from '../../../src/provision/machine/find-binary';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MACOS = ['/Applications/Google Chrome.app/Contents/MacOS', '/Applications/Chromium.app/Contents/MacOS'];
const INSTALL_MS = 600_000;

/** CHROMIUM when it is set, else what is installed, else undefined. */
export function findChromium(env: NodeJS.ProcessEnv): string | undefined {
  const folders = [...pathFolders(env), ...MACOS];
  return env.CHROMIUM ?? findBinary([...NAMES, 'Google Chrome', 'Chromium'], folders) ?? undefined;
}

/**
 * The tests of the portal need a browser. Where none is, root on Debian gets one from the system's packages, said out
 * loud; everybody else is told what to do, by the tests that fail.
 */
export function ensureChromium(env: NodeJS.ProcessEnv, report: (step: string) => void): string | undefined {
  const found = findChromium(env);
  if (found !== undefined) return found;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || findBinary(['apt-get'], pathFolders(env)) === null) {
    report('no Chromium or Chrome found: install one, or say in CHROMIUM where it is');
    return undefined;
  }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    report(`running: apt-get ${args.join(' ')}`);
    spawnSync('apt-get', args, {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: INSTALL_MS,
      stdio: 'ignore',
    });
  }
  return findChromium(env);
}
