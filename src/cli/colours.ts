import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
}

/** https://no-color.org; the library's own test looks at standard output alone. */
export function coloursFor(stream: OutputStream, env: NodeJS.ProcessEnv): Colours {
  return pc.createColors(isColoured(stream.isTTY === true, env));
}

function isColoured(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}
