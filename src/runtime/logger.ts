import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/**
 * One wide JSON line per unit of work, on standard error, so that standard output stays the program's own answer.
 * What could carry a secret is cut out by path, whoever logs it.
 */
export function makeLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { service: 'warren' },
      timestamp: isoTime,
      // Named keys only: wildcards would walk every line, and the hot path writes one per delivery.
      redact: {
        paths: ['authorization', 'secret', 'secrets', 'password', 'plainKey', 'token'],
        censor: '[redacted]',
      },
    },
    destination ?? openLog(2),
  );
}

/**
 * Lines leave when they fill a block or have waited a moment, and the rest when the process exits: the hot path writes
 * one per delivery, and a system call for each would be most of their cost. Those of one turn of the event loop are handed
 * on together, because what takes them measures its whole block anew each time.
 * @param dest a file descriptor or a path
 */
export function openLog(dest: number | string): DestinationStream {
  const blocks = pino.destination({
    dest,
    sync: false,
    minLength: BLOCK_BYTES,
    periodicFlush: LINE_WAITS_MS,
  });
  let ofThisTurn = '';
  const handOn = (): void => {
    const lines = ofThisTurn;
    ofThisTurn = '';
    if (lines !== '') blocks.write(lines);
  };
  // Before the one that writes what is left at the exit.
  process.prependListener('exit', handOn);
  return {
    write(line) {
      if (ofThisTurn === '') setImmediate(handOn);
      ofThisTurn += line;
      if (ofThisTurn.length >= BLOCK_BYTES) handOn();
    },
  };
}

const BLOCK_BYTES = 8192;
const LINE_WAITS_MS = 100;

let lastMs = 0;
let lastTime = '';

/** As pino's own, but printed once for all lines of one millisecond. */
function isoTime(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastTime = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastTime;
}
