import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Replays: jobs that send many deliveries again. `reached` is the last id dealt with in the present phase, `unsent` the
 * ids (16 bytes each) of the last batch, which a runner that takes over sends once more.
 */
export class Replays1790000600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table replays (
      id binary(16) not null primary key,
      tenant_id binary(16) not null,
      status varchar(16) character set ascii not null,
      selection mediumtext not null,
      backfills boolean not null,
      phase varchar(16) character set ascii not null,
      reached binary(16) null,
      unsent blob null,
      config_version bigint unsigned not null,
      total int unsigned not null,
      done int unsigned not null,
      skipped int unsigned not null,
      error varchar(500) null,
      requested_by binary(16) null,
      lease_owner varchar(40) character set ascii null,
      lease_until datetime(3) null,
      touched_at datetime(3) not null,
      created_at datetime(3) not null,
      finished_at datetime(3) null,
      key replays_tenant (tenant_id, id),
      key replays_running (status, touched_at),
      key replays_tenant_running (tenant_id, status)
    ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table replays');
  }
}
