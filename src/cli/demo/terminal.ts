import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

/** Where the demo speaks: whole lines, coloured when somebody looks, silent from the moment it is stopped. */
export interface Terminal {
  colours: Colours;
  line: (text?: string) => void;
}

export interface TerminalOptions {
  stream: { write(text: string): unknown; isTTY?: boolean };
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

export function makeTerminal({ stream, env, signal }: TerminalOptions): Terminal {
  return {
    colours: pc.createColors(isColoured(stream.isTTY === true, env)),
    line(text = '') {
      if (!signal.aborted) stream.write(text === '' ? '\n' : `  ${text}\n`);
    },
  };
}

/** https://no-color.org; the library's own test looks at standard output, and the demo writes to standard error. */
function isColoured(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}
