import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Platform } from './platform';
import type { RunningRole } from './running-role';

export interface RunningApi extends RunningRole {
  handle(request: IncomingMessage, response: ServerResponse): void;
  attachWebSocket(server: Server): void;
}

export function startApi(_platform: Platform): Promise<RunningApi> {
  throw new Error('not yet');
}
