import { randomBytes } from 'node:crypto';
import { makeListener } from '../broker/listener';
import type { BrokerConnection } from '../broker/connection';
import type { Outlets } from '../broker/outlets';
import type { Config } from '../config';
import type { TunnelAnswer } from '../domain/tunnel';
import {
  answersKey,
  answersKeyOf,
  encodeTunnel,
  parseTunnel,
  type TunnelMessage,
  type TunnelSeal,
} from '../messages/tunnel';
import type { KeyRing } from '../runtime/key-ring';
import type { Logger } from '../runtime/logger';
import { makeTunnelDesk, type TunnelDesk } from '../tunnel/tunnel-desk';
import { makeTunnelHub, type TunnelHub } from '../tunnel/tunnel-hub';

/** Both ends of every tunnel, as this process sees them. */
export interface Tunnels {
  ask: TunnelDesk['ask'];
  listen: TunnelHub['listen'];
  /** What a listener found; to the process that asked. */
  answer(endpointId: string, requestId: string, answer: TunnelAnswer): void;
}

interface TunnelParts {
  config: Config;
  keyRing: KeyRing;
  consuming: BrokerConnection;
  outlets: Outlets;
  logger: Logger;
}

/** What a sealed head is good for. */
const BOUND_TO = 'tunnel';

/** One private queue for each process: what its listeners are asked, and the answers to what it asked itself. */
export function openTunnels({ config, keyRing, consuming, outlets, logger }: TunnelParts): Tunnels {
  const process = randomBytes(8).toString('hex');
  const seal: TunnelSeal = {
    seal: (plain) => keyRing.seal(plain, BOUND_TO),
    open: (sealed) => keyRing.open(sealed, BOUND_TO),
  };
  const send = (key: string, message: TunnelMessage): void =>
    outlets.sendThroughTunnel(key, encodeTunnel(message, seal));

  function take(body: Buffer): void {
    try {
      const message = parseTunnel(body, seal);
      desk.heard(message);
      hub.heard(message);
    } catch (error) {
      logger.warn({ err: error instanceof Error ? error.message : String(error) }, 'tunnel.unreadable');
    }
  }

  const listener = makeListener(consuming, {
    exchange: `${config.namespace}.tunnel`,
    keys: [answersKey(process)],
    onMessage: take,
    // What was lost meanwhile has timed out.
    onRestart: () => undefined,
    logger,
  });
  const desk = makeTunnelDesk({ process, send });
  const hub = makeTunnelHub({
    bind: (key) => listener.bind(key),
    unbind: (key) => listener.unbind(key),
    send,
  });
  return {
    ask: (endpointId, request) => desk.ask(endpointId, request),
    listen: (endpointId, signal, onOpen) => hub.listen(endpointId, signal, onOpen),
    answer: (endpointId, id, answer) => send(answersKeyOf(id), { kind: 'answer', endpointId, id, answer }),
  };
}
