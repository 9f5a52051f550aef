import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What routing read, kept for as long as there are events that were routed by it: a revision holds from `since_version`
 * up to, and without, `until_version` of its tenant's configuration. `events.config_version` says by which version an
 * event was routed. What there is today counts as having been so from the beginning.
 */
const TABLES = [
  `create table endpoint_revisions (
    endpoint_id binary(16) not null,
    since_version bigint unsigned not null,
    until_version bigint unsigned null,
    status varchar(16) character set ascii not null,
    status_since datetime(3) not null,
    deleted boolean not null,
    superseded_at datetime(3) null,
    primary key (endpoint_id, since_version),
    key endpoint_revisions_superseded (superseded_at)
  )`,
  `create table subscription_revisions (
    subscription_id binary(16) not null,
    since_version bigint unsigned not null,
    until_version bigint unsigned null,
    endpoint_id binary(16) not null,
    event_types text not null,
    filter mediumtext null,
    enabled boolean not null,
    deleted boolean not null,
    superseded_at datetime(3) null,
    primary key (subscription_id, since_version),
    key subscription_revisions_endpoint (endpoint_id, since_version),
    key subscription_revisions_superseded (superseded_at)
  )`,
];

const PRESENT = [
  `insert into endpoint_revisions
   select id, 0, null, status, updated_at, deleted_at is not null, null from endpoints`,
  `insert into subscription_revisions
   select id, 0, null, endpoint_id, event_types, filter, enabled, deleted_at is not null, null
   from webhook_subscriptions`,
];

export class RoutingHistory1790000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const options = 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic';
    for (const table of TABLES) await runner.query(`${table} ${options}`);
    for (const rows of PRESENT) await runner.query(rows);
    await runner.query('alter table events add column config_version bigint unsigned null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table events drop column config_version');
    await runner.query('drop table subscription_revisions');
    await runner.query('drop table endpoint_revisions');
  }
}
