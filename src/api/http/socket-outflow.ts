import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { restoreNumbers } from '../json-text';

export interface OutflowLimits {
  bufferedBytes: number;
  stalledMs: number;
}

/** Undefined when the next may follow at once. */
export type Outflow = (text: string) => Promise<void> | undefined;

/**
 * Sends to one client at the pace at which it reads: above `bufferedBytes` the sender waits, so that streams make
 * nothing more for it, and `onStalled` is called when it has not read enough after `stalledMs`. What is sent within
 * one turn of the event loop leaves in one write.
 */
export function makeOutflow(
  socket: WebSocket,
  connection: Socket,
  { bufferedBytes, stalledMs }: OutflowLimits,
  onStalled: () => void,
): Outflow {
  let isCorked = false;

  function corkForThisTurn(): void {
    if (isCorked) return;
    isCorked = true;
    connection.cork();
    setImmediate(() => {
      isCorked = false;
      connection.uncork();
    });
  }

  return (text) => {
    if (socket.readyState !== socket.OPEN) return undefined;
    corkForThisTurn();
    const message = restoreNumbers(text);
    if (socket.bufferedAmount <= bufferedBytes) {
      socket.send(message);
      return undefined;
    }
    return new Promise((resolve) => {
      const stalled = setTimeout(onStalled, stalledMs);
      // Called when all up to here has left, or never will.
      socket.send(message, () => {
        clearTimeout(stalled);
        resolve();
      });
    });
  };
}
