import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPTIONS = 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic';

/** The order in which the changes of all tenants are told; see docs/decisions/0058. */
export class ChangeRounds1790002200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What each tenant's change log had come to since the round before.
    await runner.query(
      `create table change_rounds (
        number bigint unsigned not null,
        tenant_id binary(16) not null,
        after_seq bigint unsigned not null,
        last_seq bigint unsigned not null,
        at datetime(3) not null,
        primary key (number, tenant_id),
        key change_rounds_at (at)
      ) ${OPTIONS}`,
    );
    // How far each tenant's log is in rounds.
    await runner.query(
      `create table change_round_tenants (
        tenant_id binary(16) not null primary key,
        seq bigint unsigned not null
      ) ${OPTIONS}`,
    );
    // One row, the newest round and where it ends: who has it locked makes the next.
    await runner.query(
      `create table change_round_head (
        id tinyint unsigned not null primary key,
        number bigint unsigned not null,
        last_tenant_id binary(16) null,
        last_seq bigint unsigned null
      ) ${OPTIONS}`,
    );
    await runner.query('insert into change_round_head (id, number) values (1, 0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['change_round_head', 'change_round_tenants', 'change_rounds']) {
      await runner.query(`drop table ${table}`);
    }
  }
}
