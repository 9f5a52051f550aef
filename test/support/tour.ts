import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A fenced block of a page: its language, what stands beside that, and its text. */
export interface Fence {
  language: string;
  flags: string[];
  text: string;
  line: number;
}

export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\S+)([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    flags: (match[2] ?? '').trim().split(/\s+/),
    text: match[3] ?? '',
    line: markdown.slice(0, match.index).split('\n').length,
  }));
}

export interface Shell {
  /** What the lines write, once they have ended; fails when the last fails. */
  run(lines: string): Promise<string>;
  value(name: string): Promise<string>;
  end(): Promise<void>;
}

/** One shell for many pieces of a script: what one sets, the next has. */
export function startShell(env: NodeJS.ProcessEnv, cwd: string): Shell {
  const child = spawn('sh', [], { env: { PATH: process.env.PATH, ...env }, cwd, stdio: 'pipe' });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  let pieces = 0;

  async function run(lines: string): Promise<string> {
    const end = `end-of-piece-${++pieces}`;
    output = '';
    child.stdin.write(`${lines}\necho "${end} $?"\n`);
    while (!new RegExp(`${end} \\d+\\n`).test(output)) await once(child.stdout, 'data');
    const [written = '', status = ''] = output.split(end);
    if (Number(status) !== 0 || complaints !== '') throw new Error(`${lines}\n${written}\n${complaints}`);
    return written;
  }

  return {
    run,
    value: async (name) => (await run(`printf '%s' "$${name}"`)).trim(),
    async end() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** What in an answer is not as a page shows it: paths and what is there. In what is shown, `…` stands for anything. */
export function differences(shown: unknown, actual: unknown, path = ''): string[] {
  if (typeof shown === 'string' && shown.includes('…')) {
    const pieces = shown.split('…').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const fits = typeof actual === 'string' && new RegExp(`^${pieces.join('.*')}$`, 's').test(actual);
    return fits ? [] : [`${path}: ${JSON.stringify(actual)}`];
  }
  if (typeof shown !== 'object' || shown === null || typeof actual !== 'object' || actual === null)
    return shown === actual ? [] : [`${path}: ${JSON.stringify(actual)}`];
  // Errors have more than a page needs to show.
  const names = new Set([...Object.keys(shown), ...(path.startsWith('.errors') ? [] : Object.keys(actual))]);
  return [...names].flatMap((name) =>
    differences((shown as Fields)[name], (actual as Fields)[name], `${path}.${name}`),
  );
}

type Fields = Record<string, unknown>;
