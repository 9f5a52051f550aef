import type { CircuitState, EndpointHealth } from '../../domain/delivery/gate-records';
import { encodeId, idBytes } from '../../domain/ids';
import type { TenantScope } from '../../domain/settings';
import type { Database } from '../database';

/** How these endpoints fare; three statements for any number of them. */
export async function readHealth(
  database: Database,
  scope: TenantScope,
  ids: readonly string[],
): Promise<Map<string, EndpointHealth>> {
  const endpoints = ids.map((id) => idBytes('endpoint', id));
  const within = scope === null ? '' : 'and e.tenant_id = ?';
  const rows = await database.rows<HealthRow>(
    `select e.id, e.failing_since, g.circuit, g.opened_at, g.probe_at,
       if(g.retry_after_until > utc_timestamp(3), g.retry_after_until, null) retry_after_until
     from endpoints e
     left join gates g on g.endpoint_id = e.id where e.id in (?) ${within}`,
    [endpoints, ...(scope === null ? [] : [idBytes('tenant', scope)])],
  );
  if (rows.length === 0) return new Map();
  const counts = await database.rows<{ endpoint_id: Buffer; n: string | number; first: string }>(
    `select endpoint_id, count(*) as n, min(position) as first from gate_queue
     where endpoint_id in (?) and released_at is null group by endpoint_id`,
    [rows.map(({ id }) => id)],
  );
  const oldest =
    counts.length === 0
      ? []
      : await database.rows<{ endpoint_id: Buffer; held_at: Date }>(
          'select endpoint_id, held_at from gate_queue where position in (?)',
          [counts.map(({ first }) => first)],
        );
  const of = <Row extends { endpoint_id: Buffer }>(all: readonly Row[], id: Buffer): Row | undefined =>
    all.find(({ endpoint_id }) => endpoint_id.equals(id));
  return new Map(
    rows.map((row) => [
      encodeId('endpoint', row.id),
      {
        circuit: row.circuit ?? 'CLOSED',
        circuitOpenedAt: row.opened_at,
        nextProbeAt: row.probe_at,
        retryAfterUntil: row.retry_after_until,
        heldCount: Number(of(counts, row.id)?.n ?? 0),
        oldestHeldAt: of(oldest, row.id)?.held_at ?? null,
        failingSince: row.failing_since,
      },
    ]),
  );
}

interface HealthRow {
  id: Buffer;
  failing_since: Date | null;
  circuit: CircuitState | null;
  opened_at: Date | null;
  probe_at: Date | null;
  /** Null when it is over, by the clock that set it. */
  retry_after_until: Date | null;
}
