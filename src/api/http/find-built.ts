import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A folder of dist, below the folder that has the package.json: the same from src and from dist. */
export function findBuilt(name: string): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, 'dist', name);
}
