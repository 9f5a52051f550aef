import type { WebSocket } from 'ws';
import type { Credentials } from '../authenticate';
import type { Authentication } from '../sign-in/identity';
import type { Origin } from './client-address';
import type { Outflow } from './socket-outflow';

/** What a socket is opened with; it lives from connection_init on. */
export interface Session {
  socket: WebSocket;
  outflow: Outflow;
  origin: Origin;
  credentials?: Credentials;
  authentication?: Authentication & { ok: true };
  isAlive: boolean;
  /** Given back when the socket is closed. */
  places: (() => void)[];
  /** Ends the operations. */
  end?: (code: number, reason: string) => unknown;
}
