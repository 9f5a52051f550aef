import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPTIONS = 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic';

/** Throw-away receivers, and the newest requests of each. */
export class Inspectors1790001900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table inspectors (
        id binary(16) not null primary key,
        tenant_id binary(16) not null,
        name varchar(200) not null,
        token varchar(40) character set ascii collate ascii_bin not null,
        secret_sealed varbinary(1024) null,
        answer_status smallint unsigned not null,
        answer_delay_ms int unsigned not null,
        answer_body text not null,
        failures_left int unsigned not null,
        created_at datetime(3) not null,
        updated_at datetime(3) not null,
        expires_at datetime(3) not null,
        unique key inspectors_token (token),
        key inspectors_tenant (tenant_id, id),
        key inspectors_expired (expires_at)
      ) ${OPTIONS}`,
    );
    await runner.query(
      `create table inspected_requests (
        id binary(16) not null primary key,
        inspector_id binary(16) not null,
        tenant_id binary(16) not null,
        method varchar(20) character set ascii not null,
        path varchar(2048) not null,
        headers mediumtext not null,
        body mediumblob not null,
        body_bytes int unsigned not null,
        signature varchar(16) character set ascii not null,
        answered_status smallint unsigned not null,
        key inspected_requests_inspector (inspector_id, id)
      ) ${OPTIONS}`,
    );
    // Which endpoints send to an inspector is asked for every signed request that comes to it.
    await runner.query('alter table endpoints add key endpoints_url (tenant_id, url(120))');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table endpoints drop key endpoints_url');
    await runner.query('drop table inspected_requests');
    await runner.query('drop table inspectors');
  }
}
