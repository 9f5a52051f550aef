import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { restoreNumbers } from '../../runtime/json-text';
import type { Tell } from '../live/subscribe';
import { framesOf, prefixOf } from './answer-frames';

export interface OutflowLimits {
  bufferedBytes: number;
  stalledMs: number;
}

/** Both give undefined when the next may follow at once. */
export interface Outflow {
  /** One message that is this socket's alone. */
  send(text: string): Promise<void> | undefined;
  /** The answers of one operation, which others get, too. */
  tellAs(operationId: string): Tell;
  /** Whether something has waited for the client since the last look, and it has read on. */
  hasReadOn(): boolean;
}

/**
 * Sends to one client at the pace at which it reads: above `bufferedBytes` the sender waits, so that streams make
 * nothing more for it, nothing more is read of it, and `onStalled` is called when it has not read enough after
 * `stalledMs`. Messages that are sent within one turn of the event loop leave in one write.
 *
 * Answers that many get go past ws, straight to its connection: making a frame of each for each socket anew was most of
 * what a thousand who watch cost. It holds as long as ws writes each frame at once and whole, which it does without
 * compression.
 */
export function makeOutflow(
  socket: WebSocket,
  connection: Socket,
  { bufferedBytes, stalledMs }: OutflowLimits,
  onStalled: () => void,
): Outflow {
  let isCorked = false;
  /** Bytes that had left at the last look. */
  let hadLeft = 0;
  /** Since the last look, all that waited has left. */
  let hasDrained = false;

  function corkForThisTurn(): void {
    if (isCorked) return;
    isCorked = true;
    connection.cork();
    setImmediate(() => {
      isCorked = false;
      connection.uncork();
    });
  }

  /** @param write calls back when all up to here has left, or never will */
  function paced(write: (onLeft?: () => void) => void): Promise<void> | undefined {
    if (socket.readyState !== socket.OPEN) return undefined;
    if (socket.bufferedAmount <= bufferedBytes) {
      write();
      return undefined;
    }
    return new Promise((resolve) => {
      const stalled = setTimeout(onStalled, stalledMs);
      write(() => {
        clearTimeout(stalled);
        resolve();
      });
    });
  }

  /** Answers to what such a client goes on asking would wait here, however many: a ping has one, without a key. */
  function listenToWhoReads(): void {
    if (socket.isPaused || socket.bufferedAmount <= bufferedBytes) return;
    socket.pause();
    connection.once('drain', () => socket.resume());
  }
  socket.on('message', listenToWhoReads);
  connection.on('drain', () => (hasDrained = true));

  return {
    send(text) {
      corkForThisTurn();
      return paced((onLeft) => socket.send(restoreNumbers(text), onLeft));
    },
    tellAs(operationId) {
      const prefix = prefixOf(operationId);
      return (answers) => paced((onLeft) => connection.write(framesOf(prefix, answers), onLeft));
    },
    hasReadOn() {
      const left = connection.bytesWritten - connection.writableLength;
      const isReading = hasDrained || (connection.writableLength > 0 && left !== hadLeft);
      hadLeft = left;
      hasDrained = false;
      return isReading;
    },
  };
}
