import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The event type catalog. An `owner_id` of sixteen zeros is everybody's, so that names are unique there too. */
const TABLES = [
  // revision: the owner's version (tenants.config_version, shared_catalog.version) at which the entry last changed.
  `create table event_types (
    id binary(16) not null primary key,
    owner_id binary(16) not null,
    name varchar(200) character set ascii not null,
    description varchar(2000) not null,
    required_scope varchar(100) character set ascii null,
    archived boolean not null,
    revision bigint unsigned not null,
    created_at datetime(3) not null,
    updated_at datetime(3) not null,
    unique key event_types_name (owner_id, name),
    key event_types_owner (owner_id, id),
    key event_types_revision (owner_id, revision)
  )`,
  `create table event_type_versions (
    event_type_id binary(16) not null,
    version int unsigned not null,
    schema_text mediumtext null,
    example_text mediumtext null,
    deprecated boolean not null,
    downgrade text null,
    primary key (event_type_id, version)
  )`,
  // One row. Raised in the transaction of every change of a shared entry.
  `create table shared_catalog (
    id tinyint unsigned not null primary key,
    version bigint unsigned not null
  )`,
];

export class Catalog1790000400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await runner.query(
        `${table} engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic`,
      );
    }
    await runner.query('insert into shared_catalog (id, version) values (1, 1)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['shared_catalog', 'event_type_versions', 'event_types']) {
      await runner.query(`drop table ${name}`);
    }
  }
}
