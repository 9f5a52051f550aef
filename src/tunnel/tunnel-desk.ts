import { randomBytes } from 'node:crypto';
import type { TunnelAnswer, TunnelRequest } from '../domain/tunnel';
import type { TunnelMessage } from '../messages/tunnel';

export interface DeskDeps {
  /** The name of this process: 16 hexadecimal digits. */
  process: string;
  /** To whoever listens to the endpoint. */
  send: (endpointId: string, message: TunnelMessage) => void;
  /** How long it may take until somebody says that they have it. */
  takenWithinMs?: number;
}

/** Where this process waits for the answers to what it sends through tunnels. */
export interface TunnelDesk {
  /** `nobody`: nobody listens. `late`: somebody does, and has not answered in time. */
  ask(endpointId: string, request: Omit<TunnelRequest, 'id'>): Promise<TunnelAnswer | 'nobody' | 'late'>;
  heard(message: TunnelMessage): void;
}

/** A round trip through the broker takes milliseconds; a process that is busy takes longer. */
const TAKEN_WITHIN_MS = 3000;

interface Waiting {
  endpointId: string;
  taken(): void;
  end(answer: TunnelAnswer | 'nobody' | 'late'): void;
}

export function makeTunnelDesk({ process, send, takenWithinMs = TAKEN_WITHIN_MS }: DeskDeps): TunnelDesk {
  const waiting = new Map<string, Waiting>();

  return {
    ask: (endpointId, { timeoutMs, ...request }) =>
      new Promise((resolve) => {
        // Nobody can guess it: who answers has been asked.
        const id = `${process}.${randomBytes(16).toString('hex')}`;
        const unheard = setTimeout(() => end('nobody'), Math.min(takenWithinMs, timeoutMs));
        const deadline = setTimeout(() => end('late'), timeoutMs);
        const end: Waiting['end'] = (answer) => {
          clearTimeout(unheard);
          clearTimeout(deadline);
          waiting.delete(id);
          resolve(answer);
        };
        waiting.set(id, { endpointId, taken: () => clearTimeout(unheard), end });
        send(endpointId, { kind: 'request', endpointId, request: { id, timeoutMs, ...request } });
      }),

    heard(message) {
      if (message.kind === 'taken') waiting.get(message.id)?.taken();
      if (message.kind !== 'answer') return;
      const asked = waiting.get(message.id);
      // One that is late, twice, or about another endpoint than the one that was asked.
      if (asked?.endpointId === message.endpointId) asked.end(message.answer);
    },
  };
}
