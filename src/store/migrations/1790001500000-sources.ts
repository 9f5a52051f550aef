import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPTIONS = 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic';

/** Where providers' webhooks come in, and the secrets with which they sign, sealed. */
export class Sources1790001500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table sources (
        id binary(16) not null primary key,
        tenant_id binary(16) not null,
        name varchar(200) not null,
        provider varchar(32) character set ascii not null,
        event_type_prefix varchar(100) character set ascii not null,
        enabled boolean not null default true,
        last_received_at datetime(3) null,
        last_refused_at datetime(3) null,
        last_refusal varchar(32) character set ascii null,
        created_at datetime(3) not null,
        updated_at datetime(3) not null,
        deleted_at datetime(3) null,
        key sources_tenant (tenant_id, deleted_at, id),
        key sources_all (deleted_at, id)
      ) ${OPTIONS}`,
    );
    await runner.query(
      `create table source_secrets (
        id bigint unsigned not null auto_increment primary key,
        source_id binary(16) not null,
        sealed varbinary(1024) not null,
        created_at datetime(3) not null,
        expires_at datetime(3) null,
        key source_secrets_source (source_id)
      ) ${OPTIONS}`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table source_secrets');
    await runner.query('drop table sources');
  }
}
