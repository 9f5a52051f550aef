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
      // Named keys only: wildcards would walk every line, and the hot path writes two per delivery.
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
 * two per delivery, and a system call for each would be most of their cost.
 * @param dest a file descriptor or a path
 */
export function openLog(dest: number | string): DestinationStream {
  return pino.destination({ dest, sync: false, minLength: BLOCK_BYTES, periodicFlush: LINE_WAITS_MS });
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
