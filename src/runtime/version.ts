import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package's version, from the nearest package.json above: the same from src and from dist. */
function readVersion(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === 'warren') return found.version ?? '0.0.0';
    } catch {
      // No package.json here: look one folder up.
    }
  }
  return '0.0.0';
}

export const VERSION = readVersion();
export const USER_AGENT = `Warren/${VERSION}`;
