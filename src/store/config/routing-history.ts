import { encodeId, idBytes } from '../../domain/ids';
import { LIMITS } from '../../domain/limits';
import type { EndpointStatus } from '../../domain/nouns';
import type { EndpointFacts, RoutingFacts, SubscriptionState } from '../../domain/routing/routing-verdict';
import type { TenantScope } from '../../domain/settings';
import type { Database } from '../database';
import { conditions } from '../lists/page';

/** Of a tenant with more endpoints: those that are there today first, the newest first. */
const MAX_ENDPOINTS = LIMITS.endpointsPerRouting;
/** More than that in one answer is refused. */
const MAX_REVISIONS = 50_000;

export type RoutingHistory = RoutingFacts | 'too-much';

interface RoutedRow {
  id: Buffer;
  tenant_id: Buffer;
  config_version: string | null;
  lacked_scope: string | null;
}

interface Revision {
  since_version: string;
  until_version: string | null;
}

/** The configuration that routed each of the events. Five statements for any number of them. */
export async function readRoutingHistory(
  database: Database,
  scope: TenantScope,
  eventIds: readonly string[],
): Promise<Map<string, RoutingHistory>> {
  const { sql, parameters } = conditions([
    ['id in (?)', eventIds.map((id) => idBytes('event', id))],
    ['tenant_id = ?', scope === null ? undefined : idBytes('tenant', scope)],
  ]);
  const events = await database.rows<RoutedRow>(
    `select id, tenant_id, config_version, lacked_scope from events where ${sql}`,
    parameters,
  );
  const tenants = new Map(events.map(({ tenant_id: id }) => [id.toString('hex'), id]));
  const endpoints = tenants.size === 0 ? [] : await readEndpoints(database, [...tenants.values()]);
  const history = await readRevisions(database, endpoints, events.map(versionOf));
  return new Map(events.map((event) => [encodeId('event', event.id), factsAt(event, endpoints, history)]));
}

/** An event from before the history was kept is judged by the settings with which it begins. */
const versionOf = ({ config_version: version }: RoutedRow): number => Number(version ?? 0);

interface EndpointHead {
  id: Buffer;
  tenant_id: Buffer;
}

function readEndpoints(database: Database, tenants: Buffer[]): Promise<EndpointHead[]> {
  return database.rows<EndpointHead>(
    `select id, tenant_id from (
       select id, tenant_id, row_number() over (partition by tenant_id order by deleted_at is not null, id desc) place
       from endpoints where tenant_id in (?)) ranked
     where place <= ? order by place`,
    [tenants, MAX_ENDPOINTS],
  );
}

type EndpointRevision = Revision & {
  endpoint_id: Buffer;
  status: EndpointStatus;
  status_since: Date;
  deleted: number;
};
type SubscriptionRevision = Revision & {
  subscription_id: Buffer;
  event_types: string;
  filter: string | null;
  enabled: number;
  deleted: number;
};
interface SubscriptionHead {
  id: Buffer;
  endpoint_id: Buffer;
  deleted: number;
}

interface Revisions {
  endpoints: Map<string, EndpointRevision[]>;
  subscriptions: Map<string, (SubscriptionRevision & { state: SubscriptionState })[]>;
  /** By endpoint. */
  heads: Map<string, SubscriptionHead[]>;
  tooMany: boolean;
}

/** All that held at any of the versions. */
async function readRevisions(
  database: Database,
  endpoints: readonly EndpointHead[],
  versions: readonly number[],
): Promise<Revisions> {
  const none = { endpoints: new Map(), subscriptions: new Map(), heads: new Map(), tooMany: false };
  if (endpoints.length === 0) return none;
  const ids = endpoints.map(({ id }) => id);
  const span = [ids, Math.max(...versions), Math.min(...versions), MAX_REVISIONS];
  const within = `endpoint_id in (?) and since_version <= ? and (until_version is null or until_version > ?) limit ?`;
  const [ofEndpoints, ofSubscriptions, heads] = await Promise.all([
    database.rows<EndpointRevision>(
      `select endpoint_id, since_version, until_version, status, status_since, deleted
       from endpoint_revisions where ${within}`,
      span,
    ),
    database.rows<SubscriptionRevision>(
      `select subscription_id, since_version, until_version, event_types, filter, enabled, deleted
       from subscription_revisions where ${within}`,
      span,
    ),
    database.rows<SubscriptionHead>(
      `select id, endpoint_id, deleted from (
         select id, endpoint_id, deleted_at is not null deleted,
           row_number() over (partition by endpoint_id order by deleted_at is not null, id desc) place
         from webhook_subscriptions where endpoint_id in (?)) ranked
       where place <= ? order by place`,
      [ids, LIMITS.subscriptionsPerEndpoint],
    ),
  ]);
  const withState = ofSubscriptions.map((row) => ({ ...row, state: stateOf(row) }));
  return {
    endpoints: grouped(ofEndpoints, (row) => row.endpoint_id),
    subscriptions: grouped(withState, (row) => row.subscription_id),
    heads: grouped(heads, (row) => row.endpoint_id),
    tooMany: Math.max(ofEndpoints.length, ofSubscriptions.length) === MAX_REVISIONS,
  };
}

const stateOf = ({ event_types: eventTypes, filter, enabled }: SubscriptionRevision): SubscriptionState => ({
  eventTypes: JSON.parse(eventTypes) as string[],
  filter: filter === null ? null : (JSON.parse(filter) as object),
  enabled: Boolean(enabled),
});

function grouped<Row>(rows: readonly Row[], idOf: (row: Row) => Buffer): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const id = idOf(row).toString('hex');
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  return groups;
}

const at = <Row extends Revision>(revisions: readonly Row[] | undefined, version: number): Row | undefined =>
  revisions?.find(
    ({ since_version: since, until_version: until }) =>
      Number(since) <= version && (until === null || Number(until) > version),
  );

function factsAt(event: RoutedRow, endpoints: readonly EndpointHead[], history: Revisions): RoutingHistory {
  if (history.tooMany) return 'too-much';
  const version = versionOf(event);
  const own = endpoints.filter(({ tenant_id: tenant }) => tenant.equals(event.tenant_id));
  return {
    lackedScope: event.lacked_scope,
    endpoints: own.map(({ id }): EndpointFacts => {
      const revision = at(history.endpoints.get(id.toString('hex')), version);
      return {
        id: encodeId('endpoint', id),
        state: revision && {
          status: revision.status,
          statusSince: revision.status_since,
          deleted: Boolean(revision.deleted),
        },
        subscriptions: subscriptionsAt(history, id, version),
      };
    }),
  };
}

/** Without those that were gone by then, or came and went since. */
function subscriptionsAt(
  history: Revisions,
  endpoint: Buffer,
  version: number,
): EndpointFacts['subscriptions'] {
  return (history.heads.get(endpoint.toString('hex')) ?? []).flatMap(({ id, deleted }) => {
    const revision = at(history.subscriptions.get(id.toString('hex')), version);
    if (revision ? revision.deleted : deleted) return [];
    return [{ id: encodeId('subscription', id), state: revision?.state }];
  });
}
