import { basename, join } from 'node:path';

/** A file of the build, for a process of its own: `src/main.js`. The same for tests, which run from the sources. */
export function builtFile(path: string): string {
  const above = join(__dirname, '../..');
  return join(basename(above) === 'dist' ? above : join(above, 'dist'), path);
}
