/** Runs one statement in the transaction of a change. */
type Execute = (sql: string, parameters: unknown[]) => Promise<unknown>;

/**
 * Keeps what a change of a tenant's configuration left behind, so that it can be said later why an event was or was not
 * routed somewhere. The last thing in the transaction of the change: every row that it touched carries its version.
 */
export async function keepRevisions(
  execute: Execute,
  tenant: Buffer,
  version: number,
  at: Date,
): Promise<void> {
  const touched = [tenant, version];
  await execute(
    `update endpoint_revisions r join endpoints e on e.id = r.endpoint_id
     set r.until_version = ?, r.superseded_at = ?
     where e.tenant_id = ? and e.config_version = ? and r.until_version is null`,
    [version, at, ...touched],
  );
  // A status that stays has been so since it began, whatever else changed.
  await execute(
    `insert into endpoint_revisions (endpoint_id, since_version, status, status_since, deleted)
     select e.id, e.config_version, e.status, coalesce(r.status_since, ?), e.deleted_at is not null
     from endpoints e
     left join endpoint_revisions r on r.endpoint_id = e.id and r.until_version = ? and r.status = e.status
     where e.tenant_id = ? and e.config_version = ?`,
    [at, version, ...touched],
  );
  await execute(
    `update subscription_revisions r join webhook_subscriptions s on s.id = r.subscription_id
     set r.until_version = ?, r.superseded_at = ?
     where s.tenant_id = ? and s.config_version = ? and r.until_version is null`,
    [version, at, ...touched],
  );
  await execute(
    `insert into subscription_revisions
       (subscription_id, since_version, endpoint_id, event_types, filter, enabled, deleted)
     select id, config_version, endpoint_id, event_types, filter, enabled, deleted_at is not null
     from webhook_subscriptions where tenant_id = ? and config_version = ?`,
    touched,
  );
}
