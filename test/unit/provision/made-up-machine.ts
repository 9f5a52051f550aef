import type { Machine } from '../../../src/provision/machine/machine';
import type { CommandResult } from '../../../src/provision/machine/run-command';

export interface MadeUpMachine extends Machine {
  /** Every command that was run, with its arguments, in order. */
  commands: string[];
}

/** The start of a command line → what it does. Commands that nothing matches are not there. */
export type Answers = Record<string, () => Partial<CommandResult>>;

/** A Linux machine of an ordinary user that has nothing but the commands in `answers`. */
export function madeUpMachine(answers: Answers = {}, facts: Partial<Machine> = {}): MadeUpMachine {
  const commands: string[] = [];
  const run: Machine['run'] = (command, args) => {
    const line = [command, ...args].join(' ');
    commands.push(line);
    const match = Object.keys(answers).find((start) => line.includes(start));
    const answer = match === undefined ? { exitCode: null, stderr: 'ENOENT' } : (answers[match]?.() ?? {});
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...answer });
  };
  return { platform: 'linux', isRoot: false, usualFolders: [], composeFile: null, run, commands, ...facts };
}
