import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The first schema. Ids are the 16 bytes of a TypeID. Times are UTC with milliseconds.
 *
 * `events`, `deliveries` and `delivery_attempts` are clustered by ids that begin with a time and partitioned by day on
 * them: retention drops a partition, it never deletes rows. `p_future` catches what has no day of its own yet; the
 * housekeeping in partitions.ts splits days off it ahead of time, while it is empty.
 */
const TABLES = [
  `create table tenants (
    id binary(16) not null primary key,
    slug varchar(64) character set ascii not null,
    name varchar(200) not null,
    scopes text not null,
    config_version bigint unsigned not null default 1,
    created_at datetime(3) not null,
    updated_at datetime(3) not null,
    deleted_at datetime(3) null,
    unique key tenants_slug (slug)
  )`,
  // The last number given out in a tenant's change log. A table of its own, so that the lock that orders commits
  // never waits behind a change of the tenant's settings.
  `create table tenant_counters (
    tenant_id binary(16) not null primary key,
    seq bigint unsigned not null
  )`,
  `create table api_keys (
    id binary(16) not null primary key,
    tenant_id binary(16) null,
    name varchar(200) not null,
    prefix varchar(32) character set ascii not null,
    hash binary(32) not null,
    scopes text not null,
    last_used_at datetime(3) null,
    expires_at datetime(3) null,
    revoked_at datetime(3) null,
    created_at datetime(3) not null,
    unique key api_keys_hash (hash),
    key api_keys_tenant (tenant_id, id)
  )`,
  // config_version: the tenant's version at which the row last changed, so that a cache reads only what is new.
  `create table endpoints (
    id binary(16) not null primary key,
    tenant_id binary(16) not null,
    name varchar(200) not null,
    url varchar(2048) not null,
    description varchar(2000) not null,
    status varchar(16) character set ascii not null,
    disabled_reason varchar(500) null,
    payload_format varchar(24) character set ascii not null,
    headers_sealed blob null,
    timeout_ms int unsigned not null,
    retry_schedule text null,
    signature_scheme varchar(16) character set ascii not null,
    config_version bigint unsigned not null,
    created_at datetime(3) not null,
    updated_at datetime(3) not null,
    deleted_at datetime(3) null,
    key endpoints_tenant (tenant_id, id),
    key endpoints_version (tenant_id, config_version)
  )`,
  `create table endpoint_secrets (
    id bigint unsigned not null auto_increment primary key,
    endpoint_id binary(16) not null,
    sealed varbinary(512) not null,
    created_at datetime(3) not null,
    expires_at datetime(3) null,
    key endpoint_secrets_endpoint (endpoint_id, id)
  )`,
  `create table webhook_subscriptions (
    id binary(16) not null primary key,
    tenant_id binary(16) not null,
    endpoint_id binary(16) not null,
    event_types text not null,
    enabled boolean not null,
    config_version bigint unsigned not null,
    created_at datetime(3) not null,
    updated_at datetime(3) not null,
    deleted_at datetime(3) null,
    key webhook_subscriptions_endpoint (endpoint_id, id),
    key webhook_subscriptions_tenant (tenant_id, id),
    key webhook_subscriptions_version (tenant_id, config_version)
  )`,
  `create table events (
    id binary(16) not null primary key,
    tenant_id binary(16) not null,
    type varchar(200) character set ascii not null,
    version int unsigned not null,
    data mediumblob not null,
    occurred_at datetime(3) not null,
    received_at datetime(3) not null,
    idempotency_key varchar(255) null,
    ordering_key varchar(255) null,
    deliver_at datetime(3) null,
    traceparent varchar(55) character set ascii null,
    key events_tenant (tenant_id, id),
    key events_type (tenant_id, type, id),
    key events_key (tenant_id, idempotency_key, id)
  ) partition by range columns(id) (partition p_future values less than (maxvalue))`,
  // The only place where an idempotency key is unique; rows expire.
  `create table idempotency_keys (
    tenant_id binary(16) not null,
    key_hash binary(16) not null,
    event_id binary(16) not null,
    expires_at datetime(3) not null,
    primary key (tenant_id, key_hash),
    key idempotency_keys_expiry (expires_at)
  )`,
  // deliveries_due finds, by status, what is overdue (the sweep) or has come to its release time (the gate).
  `create table deliveries (
    id binary(16) not null primary key,
    tenant_id binary(16) not null,
    event_id binary(16) not null,
    endpoint_id binary(16) not null,
    subscription_id binary(16) not null,
    event_type varchar(200) character set ascii not null,
    status tinyint unsigned not null,
    held_because varchar(32) character set ascii null,
    attempt_count smallint unsigned not null,
    run_start smallint unsigned not null,
    generation int unsigned not null,
    next_attempt_at datetime(3) null,
    last_error varchar(255) null,
    ordering_key varchar(255) null,
    created_at datetime(3) not null,
    updated_at datetime(3) not null,
    delivered_at datetime(3) null,
    key deliveries_tenant (tenant_id, id),
    key deliveries_status (tenant_id, status, id),
    key deliveries_endpoint (endpoint_id, id),
    key deliveries_event (event_id, id),
    key deliveries_due (status, next_attempt_at)
  ) partition by range columns(id) (partition p_future values less than (maxvalue))`,
  `create table delivery_attempts (
    delivery_id binary(16) not null,
    number smallint unsigned not null,
    at datetime(3) not null,
    duration_ms int unsigned not null,
    ok boolean not null,
    request_headers text not null,
    request_body mediumblob null,
    response_status smallint unsigned null,
    response_headers text null,
    response_body mediumblob null,
    error varchar(32) character set ascii null,
    error_detail varchar(500) null,
    primary key (delivery_id, number)
  ) partition by range columns(delivery_id) (partition p_future values less than (maxvalue))`,
  // The append-only log of status changes: seq order is commit order (see store/changes/change-log.ts).
  `create table delivery_changes (
    tenant_id binary(16) not null,
    seq bigint unsigned not null,
    delivery_id binary(16) not null,
    status tinyint unsigned not null,
    attempt smallint unsigned not null,
    at datetime(3) not null,
    primary key (tenant_id, seq, at)
  ) partition by range columns(at) (partition p_future values less than (maxvalue))`,
];

export class Initial1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      const [head, partitions] = table.split(' partition by ');
      const options = 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic';
      await runner.query(`${head ?? ''} ${options}${partitions ? ` partition by ${partitions}` : ''}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...TABLES].reverse()) {
      const name = /^create table (\w+)/.exec(table)?.[1];
      if (name) await runner.query(`drop table ${name}`);
    }
  }
}
