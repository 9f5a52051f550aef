import type { Socket } from 'node:net';

/** What a broker may say on its own account: greetings, what it knows of its cluster, reasons, heartbeats. */
const ALLOWANCE_BYTES = 1024 * 1024;

/**
 * Closes a connection whose other side says more than it was told, and a megabyte. Client libraries keep an unfinished
 * answer in memory, however long it says that it will be; an honest broker confirms in a few bytes, or returns what it
 * was sent.
 * @param event by which the library reads: a listener must not change how the socket flows
 */
export function boundAnswers(socket: Socket, event: 'data' | 'readable'): void {
  socket.on(event, () => {
    if (socket.bytesRead <= socket.bytesWritten + ALLOWANCE_BYTES) return;
    socket.destroy(Object.assign(new Error('the broker says too much'), { code: 'ECONNRESET' }));
  });
}
