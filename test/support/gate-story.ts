import type { Receiver } from './outsiders/receiver';
import type { SeenDelivery, TenantUnderTest } from './tenant-under-test';

export interface SeenHealth {
  status: string;
  disabledReason: string | null;
  health: {
    circuit: string;
    heldCount: number;
    retryAfterUntil: string | null;
    nextProbeAt: string | null;
    failingSince: string | null;
  };
}

/** What the stories of the gate ask again and again. */
export function gateStory(acme: TenantUnderTest, receiver: Receiver) {
  const many = (type: string): Promise<SeenDelivery[]> => acme.deliveries({ types: [type] });
  return {
    async endpoint(id: string): Promise<SeenHealth> {
      const { endpoint } = await acme.client.ask<{ endpoint: SeenHealth }>(
        `query ($id: ID!) { endpoint(id: $id) {
          status disabledReason health { circuit heldCount retryAfterUntil nextProbeAt failingSince } } }`,
        { id },
      );
      return endpoint;
    },
    deliveries: many,
    statuses: async (type: string): Promise<string[]> =>
      (await many(type)).map(({ status }) => status).sort(),
    pause: (id: string) =>
      acme.client.ask('mutation ($id: ID!) { endpointPause(id: $id) { endpoint { id } } }', { id }),
    resume: (id: string) =>
      acme.client.ask('mutation ($id: ID!) { endpointResume(input: { id: $id }) { endpoint { id } } }', {
        id,
      }),
    retry: (id: string) =>
      acme.client.ask('mutation ($id: ID!) { deliveryRetry(id: $id) { delivery { id } } }', { id }),
    /** The numbers that came, in order. */
    sent: (path: string): number[] =>
      receiver.at(path).map(({ body }) => (JSON.parse(body.toString()) as { data: { n: number } }).data.n),
  };
}
