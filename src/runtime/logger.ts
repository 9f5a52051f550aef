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
      timestamp: pino.stdTimeFunctions.isoTime,
      // Named keys only: wildcards would walk every line, and the hot path writes two per delivery.
      redact: {
        paths: ['authorization', 'secret', 'secrets', 'password', 'plainKey', 'token'],
        censor: '[redacted]',
      },
    },
    destination ?? pino.destination({ dest: 2, sync: false }),
  );
}
