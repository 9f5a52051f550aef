import { execFileSync } from 'node:child_process';
import { SHELLS, completionScript } from '../../../src/cli/completion';
import { makeProgram } from '../../../src/cli/program';

const program = makeProgram();

/** What bash offers for a line whose last word is begun. */
function offered(...words: string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(' ');
  const script = `${completionScript('bash', program)}
    COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _warren; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
}

describe('completion in bash', () => {
  it('offers commands, then the options of the command', () => {
    expect(offered('warren', 't')).toEqual(['trigger', 'tail']);
    expect(offered('warren', 'tail', '--s')).toEqual(['--status']);
    expect(offered('warren', 'verify', 'body.json', '--ti')).toEqual(['--timestamp']);
  });

  it('offers nothing of its own otherwise, so that bash completes files', () => {
    expect(offered('warren', 'verify', 'bo')).toEqual(['']);
  });
});

describe.each(SHELLS)('the script for %s', (shell) => {
  it('has every command and every option', () => {
    const script = completionScript(shell, program);
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long } of command.options) expect(script).toContain(long?.slice(2));
    }
  });
});

describe('descriptions', () => {
  it('end no quoted text, whatever they hold', () => {
    const described = makeProgram();
    described.command('odd').description("it's: $(odd)").option('--it', "don't");
    expect(completionScript('fish', described)).toContain(`-a odd -d 'it'\\''s: $(odd)'`);
    expect(completionScript('zsh', described)).toContain(`'--it:don'\\''t'`);
  });
});
