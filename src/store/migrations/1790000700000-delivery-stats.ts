import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Signed, because a part of a sum may be less than nothing: a delivery leaves a status in another row than it came. */
const COUNTS = `pending int not null default 0,
    retrying int not null default 0,
    held int not null default 0,
    delivered int not null default 0,
    dead_lettered int not null default 0,
    cancelled int not null default 0,
    attempts int not null default 0,
    failed int not null default 0,
    latencies varbinary(2048) null`;

/**
 * Delivery statistics (docs/decisions/0015). `subject_id` is whose: an endpoint's id, a tenant's, or zeros for everybody.
 * `at` is in minutes since the epoch. `latencies` as src/domain/stats/latencies.ts writes it.
 */
const TABLES = [
  // What transactions add: append-only, so that no two of them wait for each other. Folded and deleted within seconds.
  `create table stat_deltas (
    id bigint unsigned not null auto_increment primary key,
    subject_id binary(16) not null,
    tenant_id binary(16) not null,
    at int unsigned not null,
    ${COUNTS},
    key stat_deltas_subject (subject_id)
  )`,
  // Two to three days; partitions.ts drops the days before.
  `create table stat_minutes (
    subject_id binary(16) not null,
    at int unsigned not null,
    tenant_id binary(16) not null,
    ${COUNTS},
    primary key (subject_id, at)
  ) partition by range columns(at) (partition p_future values less than (maxvalue))`,
  `create table stat_hours (
    subject_id binary(16) not null,
    at int unsigned not null,
    tenant_id binary(16) not null,
    ${COUNTS},
    primary key (subject_id, at),
    key stat_hours_at (at)
  )`,
  // One row: who has it locked folds.
  `create table stat_folder (
    id tinyint unsigned not null primary key
  )`,
];

export class DeliveryStats1790000700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      const [head, partitions] = table.split(' partition by ');
      const options = 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic';
      await runner.query(`${head ?? ''} ${options}${partitions ? ` partition by ${partitions}` : ''}`);
    }
    await runner.query('insert into stat_folder (id) values (1)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['stat_folder', 'stat_hours', 'stat_minutes', 'stat_deltas']) {
      await runner.query(`drop table ${table}`);
    }
  }
}
