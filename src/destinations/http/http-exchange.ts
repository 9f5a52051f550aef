import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import type { Answer } from '../../domain/delivery/outcome';
import type { Failure } from './http-failure';
import { badResponse, failureOf, timedOut, unsuccessful } from './http-failure';

/** Interim answers (1xx) before the real one; more is a receiver that means to keep the connection busy. */
const MAX_INTERIM_ANSWERS = 16;

const NO_BYTES = Buffer.alloc(0);
const SETTLED = new Error('the request has been answered already');

export interface Exchange extends Dispatcher.DispatchHandler {
  onDial(socket: Socket): void;
}

interface ExchangeOptions {
  timeoutMs: number;
  maxResponseBytes: number;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** One request as undici reports on it, until the first of: the whole answer, its cap, a fault, the deadline. */
export function makeExchange({ timeoutMs, maxResponseBytes, resolve, reject }: ExchangeOptions): Exchange {
  const startedAt = performance.now();
  let settled = false;
  let connecting: Socket | undefined;
  let controller: Dispatcher.DispatchController | undefined;
  let status = 0;
  let headers: Record<string, string> = {};
  let interimAnswers = 0;
  let chunks: Buffer[] = [];
  let keptBytes = 0;

  // A plain timer: timers of equal length share one list in Node, an AbortSignal costs several times as much.
  const deadline = setTimeout(() => {
    settle(timedOut(timeoutMs, controller ? status : undefined));
    // Not sent yet: the connection that is being opened goes too, or a dead receiver would collect sockets.
    if (controller) controller.abort(SETTLED);
    else connecting?.destroy(SETTLED);
  }, timeoutMs);

  function settle(failure?: Failure): void {
    if (settled) return;
    settled = true;
    clearTimeout(deadline);
    const durationMs = Math.round(performance.now() - startedAt);
    if (status === 0) {
      resolve({ durationMs, ...(failure ?? badResponse('The receiver sent no answer.')) });
      return;
    }
    const body = keptBytes === 0 ? NO_BYTES : Buffer.concat(chunks, keptBytes);
    chunks = [];
    // A status that is not 2xx tells more than how its body ended.
    const error = status >= 200 && status < 300 ? failure : unsuccessful(status);
    resolve({ durationMs, response: { status, headers, body }, ...error });
  }

  return {
    onDial(socket) {
      connecting = socket;
    },
    onRequestStart(started) {
      connecting = undefined;
      controller = started;
      // The connection came too late: nothing has been written, and nothing must be.
      if (settled) started.abort(SETTLED);
    },
    onResponseStart(current, statusCode, received) {
      if (statusCode >= 200) {
        status = statusCode;
        headers = flatten(received);
      } else if (++interimAnswers > MAX_INTERIM_ANSWERS) {
        settle(badResponse(`The receiver sent more than ${MAX_INTERIM_ANSWERS} interim answers.`));
        current.abort(SETTLED);
      }
    },
    onResponseData(current, chunk) {
      const room = maxResponseBytes - keptBytes;
      chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      keptBytes += Math.min(chunk.length, room);
      if (chunk.length <= room) return;
      settle();
      current.abort(SETTLED);
    },
    onResponseEnd: () => settle(),
    onResponseError(_, error) {
      if (isShutdown(error)) {
        clearTimeout(deadline);
        reject(new Error('the HTTP destination is closed', { cause: error }));
      } else settle(failureOf(error));
    },
  };
}

function flatten(received: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in received) {
    const value = received[name];
    if (Array.isArray(value)) received[name] = value.join(', ');
  }
  return received as Record<string, string>;
}

function isShutdown(error: Error): boolean {
  return 'code' in error && (error.code === 'UND_ERR_CLOSED' || error.code === 'UND_ERR_DESTROYED');
}
