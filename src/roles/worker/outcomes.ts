import { makeOutcomeWatch, type OutcomeWatch } from '../../gate/watch-outcomes';
import { probeDelayMs } from '../../gate/circuit';
import { publishOperational } from '../../ingest/publish-operational';
import { makeEndpointSwitch } from '../../store/settings/endpoint-switch';
import { makeGateStore } from '../../store/gate/gate-store';
import { ingestDeps } from '../ingesting';
import type { Platform } from '../platform';

/** Watching outcomes with the real database and broker behind it. */
export function watchOutcomes(platform: Platform): OutcomeWatch {
  const { clock, config, database, logger, gateHints, persistently } = platform;
  const gates = makeGateStore(database);
  const endpointSwitch = makeEndpointSwitch(database);
  const ingest = ingestDeps(platform);
  const announceConfig = (tenantId: string, version: number | undefined): void => {
    if (version === undefined) return;
    platform.configs.noteVersion(tenantId, version);
    platform.outlets.announceControl({ kind: 'config', tenantId, version });
  };
  return makeOutcomeWatch({
    rules: config.circuit,
    isOpen: (endpointId) => gateHints.board.passingReason(endpointId) === 'CIRCUIT',
    async openCircuit({ id, tenantId }, streak) {
      const gate = { endpointId: id, tenantId };
      const openedAt = clock.now();
      const probeAt = new Date(openedAt.getTime() + probeDelayMs(0, config.circuit));
      gateHints.announce(gate, 'CIRCUIT');
      await persistently('gate.open_circuit', () =>
        gates.setCircuit(gate, 'OPEN', { openedAt, probeAt, probes: 0 }),
      );
      gateHints.announce(gate, 'CIRCUIT');
      logger.warn({ ...gate, failures: streak.failures, probeAt }, 'endpoint.circuit_opened');
    },
    async throttle({ id, tenantId }, forMs, times) {
      const gate = { endpointId: id, tenantId };
      const until = new Date(clock.now().getTime() + forMs);
      gateHints.announce(gate, 'RETRY_AFTER');
      await persistently('gate.throttle', () => gates.throttle(gate, until, times));
      gateHints.announce(gate, 'RETRY_AFTER');
      logger.info({ ...gate, until, times }, 'endpoint.throttled');
    },
    async markFailing({ id, tenantId }, since) {
      const version = await persistently('gate.mark_failing', () =>
        endpointSwitch.markFailing(tenantId, id, since, new Date()),
      );
      announceConfig(tenantId, version);
    },
    async giveUp({ id, tenantId }, since) {
      const reason = `every request since ${since.toISOString()} has failed`;
      const version = await persistently('gate.give_up', () =>
        endpointSwitch.disable(tenantId, id, reason, new Date()),
      );
      announceConfig(tenantId, version);
      if (version === undefined) return;
      logger.warn({ endpointId: id, tenantId, since }, 'endpoint.disabled');
      await persistently('gate.tell', () =>
        publishOperational(ingest, {
          tenantId,
          type: 'warren.endpoint.disabled',
          key: `failing/${id}/${since.getTime()}`,
          data: { endpointId: id, reason: 'ONLY_FAILURES', failingSince: since.toISOString() },
        }),
      );
    },
  });
}
