import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit log: append-only. Ids begin with the time, so a day's partition holds a day, and retention drops it whole.
 * object_id is text because the objects are of many kinds.
 */
const TABLE = `create table audit_entries (
    id binary(16) not null primary key,
    tenant_id binary(16) null,
    actor_kind varchar(16) character set ascii not null,
    actor_id varchar(200) not null,
    actor_prefix varchar(32) character set ascii null,
    action varchar(64) not null,
    object_id varchar(64) null,
    fields varchar(1000) not null,
    ok boolean not null,
    address varchar(45) character set ascii null,
    user_agent varchar(200) null,
    key audit_entries_tenant (tenant_id, id),
    key audit_entries_object (object_id, id)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic
  partition by range columns(id) (partition p_future values less than (maxvalue))`;

export class AuditEntries1790000500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table audit_entries');
  }
}
