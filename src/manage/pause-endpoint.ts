import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import type { EndpointStatus } from '../domain/nouns';
import type { Endpoint, TenantScope } from '../domain/settings';
import type { ControlMessage } from '../messages/control';
import { noEndpoint } from './not-found';
import type { EndpointRecords } from './records';

export interface ResumeInput {
  id: string;
  dropOlderThan?: Date | null;
  newestPerOrderingKey?: boolean | null;
}

export interface PausingNeeds {
  endpoints: Pick<EndpointRecords, 'find' | 'setStatus' | 'resumeGate'>;
  announce: (message: ControlMessage) => void;
}

/** Stopping an endpoint by hand, and letting it go on. What is under way at that moment is not called back. */
export function makePausing({ endpoints, announce }: PausingNeeds) {
  async function change(
    { tenantId, id }: Endpoint,
    from: readonly EndpointStatus[],
    to: EndpointStatus,
  ): Promise<Endpoint | undefined> {
    const changed = await endpoints.setStatus(tenantId, id, { from, to }, new Date());
    if (!changed?.value) return undefined;
    announce({ kind: 'config', tenantId, version: changed.version });
    // What comes while it shows what it can take waits behind what was held.
    const waits = to === 'ACTIVE' ? ({ reason: 'OVERFLOW' } as const) : {};
    announce({ kind: 'gate', tenantId, endpointId: id, ...waits });
    return endpoints.find(tenantId, id);
  }

  const findEndpoint = async (scope: TenantScope, id: string): Promise<Endpoint | undefined> =>
    decodeId('endpoint', id) ? endpoints.find(scope, id) : undefined;

  return {
    async pause(scope: TenantScope, id: string): Promise<Outcome<Endpoint>> {
      const before = await findEndpoint(scope, id);
      if (!before) return noEndpoint('id');
      const after = await change(before, ['ACTIVE', 'PAUSED'], 'PAUSED');
      if (after) return done(after);
      return refused('CONFLICT', 'The endpoint is DISABLED: it is not sent to already.', ['id']);
    },

    async resume(scope: TenantScope, input: ResumeInput): Promise<Outcome<Endpoint>> {
      const before = await findEndpoint(scope, input.id);
      if (!before) return noEndpoint('id');
      // What is dropped is settled before anything flows again.
      await endpoints.resumeGate(
        { tenantId: before.tenantId, endpointId: before.id },
        { olderThan: input.dropOlderThan ?? null, superseded: input.newestPerOrderingKey ?? false },
      );
      const after = await change(before, ['ACTIVE', 'PAUSED', 'DISABLED'], 'ACTIVE');
      return after ? done(after) : noEndpoint('id');
    },
  };
}
