import { coloursFor, type Colours, type OutputStream } from '../colours';

/** Where the demo speaks: whole lines, coloured when somebody looks, silent from the moment it is stopped. */
export interface Terminal {
  colours: Colours;
  line: (text?: string) => void;
}

export interface TerminalOptions {
  stream: OutputStream;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

export function makeTerminal({ stream, env, signal }: TerminalOptions): Terminal {
  return {
    colours: coloursFor(stream, env),
    line(text = '') {
      if (!signal.aborted) stream.write(text === '' ? '\n' : `  ${text}\n`);
    },
  };
}
