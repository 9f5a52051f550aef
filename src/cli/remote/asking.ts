import { createInterface } from 'node:readline/promises';

/** True when there is somebody to ask. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** A question with yes or no; anything but yes is no, Ctrl-C and the end of the input too. */
export async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const away = new AbortController();
  terminal.once('SIGINT', () => away.abort());
  terminal.once('close', () => away.abort());
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: away.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    process.stderr.write('\n');
    return false;
  } finally {
    terminal.close();
  }
}
