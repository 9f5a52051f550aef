import type { Endpoint } from '../../domain/settings';
import type { TunnelRequest } from '../../domain/tunnel';
import { TIMERS } from '../../flow';
import { makePausing } from '../../manage/pause-endpoint';
import { every } from '../../runtime/every';
import { makeEndpointStore } from '../../store/settings/endpoint-store';
import { messageOf, type Platform } from '../platform';

export interface Listening {
  /** Its deliveries flow while somebody listens, and are held otherwise. */
  listen(
    tunnel: Endpoint,
    signal: AbortSignal,
  ): AsyncGenerator<TunnelRequest[] | 'replaced', void, undefined>;
  /** Resolves when what nobody listens to any more is held. */
  close(): Promise<void>;
}

/** A tunnel that nobody has listened to for so long is taken away. */
const FORGOTTEN_MS = 86_400_000;

/** Who listens to tunnels, with the real broker and database behind it. */
export function makeListening(platform: Platform): Listening {
  const { database, keyRing, outlets, configs, tunnels, logger } = platform;
  const endpoints = makeEndpointStore(database, keyRing);
  const announce: Parameters<typeof makePausing>[0]['announce'] = (message) => {
    if (message.kind === 'config') configs.noteVersion(message.tenantId, message.version);
    outlets.announceControl(message);
  };
  const pausing = makePausing({ endpoints, announce });
  /** One for each listener, until what nobody listens to is held. */
  const underWay = new Set<Promise<void>>();
  const onError = (error: unknown): void => logger.warn({ err: messageOf(error) }, 'tunnel.failed');

  /** False when it is gone. Another process may have held it a moment after this one let it go. */
  async function letGo({ tenantId, id }: Endpoint): Promise<boolean> {
    const endpoint = await endpoints.find(tenantId, id);
    if (endpoint && endpoint.status !== 'ACTIVE') await pausing.resume(tenantId, { id });
    return endpoint !== undefined;
  }

  async function sweep(): Promise<void> {
    for (const { tenantId, id } of await endpoints.forgottenTunnels(new Date(Date.now() - FORGOTTEN_MS))) {
      const removed = await endpoints.remove(tenantId, id, new Date());
      if (removed) announce({ kind: 'config', tenantId, version: removed.version });
    }
  }
  const firstSweep = sweep().catch(onError);
  const sweeping = every(TIMERS.tunnelSweepMs, sweep, onError);

  return {
    async *listen(tunnel, signal) {
      const gone = new AbortController();
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      underWay.add(ended);
      const check = async (): Promise<void> => {
        if (!(await letGo(tunnel))) gone.abort();
      };
      let first: Promise<void> | undefined;
      let checking: { stop(): Promise<void> } | undefined;
      const open = (): void => {
        first = check().catch(onError);
        checking = every(TIMERS.tunnelCheckMs, check, onError);
      };
      let isReplaced = false;
      try {
        for await (const told of tunnels.listen(tunnel.id, AbortSignal.any([signal, gone.signal]), open)) {
          isReplaced = told === 'replaced';
          yield told;
        }
      } finally {
        // What is letting it go must not do so after it is held.
        await Promise.all([first, checking?.stop()]);
        const isLeft = !isReplaced && !gone.signal.aborted;
        if (isLeft) await pausing.pause(tunnel.tenantId, tunnel.id).catch(onError);
        underWay.delete(ended);
        end();
      }
    },

    async close() {
      await Promise.all([firstSweep, sweeping.stop(), ...underWay]);
    },
  };
}
