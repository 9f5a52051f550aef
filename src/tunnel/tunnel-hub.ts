import { randomBytes } from 'node:crypto';
import type { TunnelRequest } from '../domain/tunnel';
import { answersKeyOf, type TunnelMessage } from '../messages/tunnel';
import { isAborted } from '../runtime/is-aborted';

export interface HubDeps {
  /** What is sent to the endpoint's listeners comes here from now on. */
  bind: (endpointId: string) => void;
  unbind: (endpointId: string) => void;
  send: (key: string, message: TunnelMessage) => void;
  /** Between two calls until one's own is heard; tests are in a hurry. */
  callEveryMs?: number;
}

/** The listeners that are connected to this process. */
export interface TunnelHub {
  /**
   * What goes to the endpoint, until `signal` aborts or another takes the place of this one, which is its last word.
   * @param onOpen called once requests are sure to arrive here
   */
  listen(
    endpointId: string,
    signal: AbortSignal,
    onOpen: () => void,
  ): AsyncGenerator<TunnelRequest[] | 'replaced', void, undefined>;
  heard(message: TunnelMessage): void;
}

interface Session {
  id: string;
  waiting: TunnelRequest[];
  isOpen: boolean;
  isReplaced: boolean;
  onOpen: () => void;
  wake: () => void;
}

const CALL_EVERY_MS = 250;

export function makeTunnelHub({ bind, unbind, send, callEveryMs = CALL_EVERY_MS }: HubDeps): TunnelHub {
  /** One for each endpoint: the newest. */
  const sessions = new Map<string, Session>();

  function replace(session: Session | undefined): void {
    if (!session) return;
    session.isReplaced = true;
    session.wake();
  }

  return {
    async *listen(endpointId, signal, onOpen) {
      const session: Session = {
        ...{ id: randomBytes(16).toString('hex'), waiting: [], isOpen: false, isReplaced: false },
        ...{ onOpen, wake: () => undefined },
      };
      replace(sessions.get(endpointId));
      sessions.set(endpointId, session);
      bind(endpointId);
      const call = (): void => {
        if (!session.isOpen) send(endpointId, { kind: 'listener', endpointId, session: session.id });
      };
      call();
      // The binding takes a moment, and comes back with the connection: until then nothing is heard.
      const calling = setInterval(call, callEveryMs);
      try {
        while (!signal.aborted && !session.isReplaced) {
          const requests = session.waiting.splice(0);
          if (requests.length > 0) yield requests;
          else await nextWake(session, signal);
        }
        if (!isAborted(signal)) yield 'replaced';
      } finally {
        clearInterval(calling);
        if (sessions.get(endpointId) === session) {
          sessions.delete(endpointId);
          unbind(endpointId);
        }
      }
    },

    heard(message) {
      if (message.kind === 'request') {
        const { endpointId, request } = message;
        const session = sessions.get(endpointId);
        if (!session) return;
        send(answersKeyOf(request.id), { kind: 'taken', id: request.id });
        session.waiting.push(request);
        session.wake();
      } else if (message.kind === 'listener') {
        const session = sessions.get(message.endpointId);
        if (session?.id !== message.session) replace(session);
        else if (!session.isOpen) {
          session.isOpen = true;
          session.onOpen();
        }
      }
    },
  };
}

function nextWake(session: Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', wake);
      resolve();
    };
    if (signal.aborted) return resolve();
    session.wake = wake;
    signal.addEventListener('abort', wake, { once: true });
  });
}
