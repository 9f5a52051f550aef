import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

/** The bytes of a file, or of standard input for `-`. */
export async function readInput(source: string): Promise<Buffer> {
  if (source === '-') {
    if (process.stdin.isTTY) process.stderr.write('reading from standard input; Ctrl-D ends it\n');
    return buffer(process.stdin);
  }
  return readFile(source).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? 'it cannot be read';
    throw new Error(`cannot read ${source} (${code}): give a file that is there, or - for standard input`, {
      cause,
    });
  });
}
